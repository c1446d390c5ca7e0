// What holds for one operation once document, settings and overrides are laid over each other.
import type { Mode } from "../../core/practice.ts";
import type { SecurityAlternatives } from "../../core/security.ts";
import type { Operation } from "../../openapi/operation.ts";
import type {
  AnswersMode,
  ConcurrencySettings,
  CorsSettings,
  LimitSettings,
  OperationSettings,
  Settings,
  ValidationSettings,
} from "../settings.ts";
import type { KeyPath } from "../source.ts";
import type { Place } from "./judgement.ts";

export type GuardMode = Exclude<Mode, "off">;

/** A limit and whose budget it is: all operations together, or those of one entry of `operations`. */
export interface ScopedLimit {
  readonly limit: LimitSettings;
  /** Stable over reloads: counters are kept under it. */
  readonly scope: string;
}

/** The same for requests at once. */
export interface ScopedConcurrency {
  readonly limit: ConcurrencySettings;
  readonly scope: string;
}

export interface OperationPolicy {
  readonly operation: Operation;
  readonly alternatives: SecurityAlternatives;
  /** Where `security` comes from. */
  readonly securityAt: Place;
  /** Undefined where no page of another origin may use it. */
  readonly cors: CorsSettings | undefined;
  /** The entry that says `off`; undefined where no page may by default, and where some may. */
  readonly corsOffAt: KeyPath | undefined;
  readonly authenticationMode: GuardMode;
  /** `acr` that tokens must have, and where that is said. */
  readonly authenticationLevel: { readonly value: string; readonly at: KeyPath } | undefined;
  readonly authorizationMode: GuardMode;
  /** Undefined where no setting asks for enforce or monitor. */
  readonly authorizationModeAt: KeyPath | undefined;
  readonly roles: readonly string[] | undefined;
  readonly permissions: readonly string[] | undefined;
  readonly authorizationAt: KeyPath | undefined;
  readonly rateLimitingMode: GuardMode;
  readonly limits: readonly ScopedLimit[];
  readonly concurrency: readonly ScopedConcurrency[];
  readonly validation: ValidationSettings;
  /** With `--observe`: `strip` is written, and what it would do is noted. */
  readonly wouldStrip: boolean;
  /** Entries of `operations` that say something about validation, and the general one. */
  readonly validationAt: readonly KeyPath[];
}

/** The scope of limits that hold over all operations. */
const EVERYWHERE = "*";
/** The scope of the same limits for requests that match none: whoever looks for paths spends no budget of what there is (L11). */
export const NOWHERE = "undeclared";

export function operationPolicy(
  operation: Operation,
  settings: Settings,
  overrides: readonly OperationSettings[],
  silent: SecurityAlternatives | undefined,
): OperationPolicy {
  const last = <T>(pick: (entry: OperationSettings) => T | undefined): { value: T; at: KeyPath } | undefined => {
    for (let i = overrides.length - 1; i >= 0; i -= 1) {
      const entry = overrides[i] as OperationSettings;
      const value = pick(entry);
      if (value !== undefined) return { value, at: entry.at };
    }
    return undefined;
  };
  const watch = <T extends AnswersMode>(mode: T): T | "monitor" =>
    settings.observe && mode !== "off" ? "monitor" : mode;
  const authenticationMode = watch(last((entry) => entry.authenticationMode)?.value ?? settings.authentication.mode);
  const authorizationMode = last((entry) => entry.authorizationMode);
  const general = settings.authorization.mode;
  const roles = last((entry) => entry.roles);
  const permissions = last((entry) => entry.permissions);
  const validation = { ...settings.validation };
  for (const entry of overrides) Object.assign(validation, entry.validation);
  const written = operation.security;
  const ownCors = last((entry) => entry.cors);
  const cors = ownCors?.value ?? settings.transport.cors;
  return {
    operation,
    alternatives: written ?? silent ?? [],
    securityAt:
      written === undefined
        ? { settings: ["authentication", "default"] }
        : { document: operation.securityAt ?? operation.at },
    cors: cors === "off" ? undefined : cors,
    corsOffAt: cors === "off" ? [...(ownCors as { at: KeyPath }).at, "transport", "cors"] : undefined,
    authenticationMode,
    authenticationLevel: last((entry) => entry.authenticationLevel),
    authorizationMode: watch(authorizationMode?.value ?? general ?? authenticationMode),
    authorizationModeAt: authorizationMode?.at ?? (general === undefined ? undefined : ["authorization", "mode"]),
    roles: roles?.value,
    permissions: permissions?.value,
    authorizationAt: roles?.at ?? permissions?.at,
    rateLimitingMode: watch(last((entry) => entry.rateLimitingMode)?.value ?? settings.rateLimiting.mode),
    limits: [
      ...settings.rateLimiting.limits.map((limit) => ({ limit, scope: EVERYWHERE })),
      ...overrides.flatMap((entry) => entry.limits.map((limit) => ({ limit, scope: entry.selector }))),
    ],
    concurrency: inOrder([
      ...overrides.flatMap((entry) => entry.concurrency.map((limit) => ({ limit, scope: entry.selector }))),
      ...settings.rateLimiting.concurrency.map((limit) => ({ limit, scope: EVERYWHERE })),
    ]),
    validation: {
      ...validation,
      requests: watch(validation.requests),
      responses: watch(validation.responses),
      // As written: with requests in monitor it refuses nothing, and what it would refuse is noted so.
      unknownParameters: validation.unknownParameters,
      injection: watch(validation.injection),
    },
    wouldStrip: settings.observe && validation.responses === "strip",
    validationAt: [
      ...overrides
        .filter((entry) => Object.keys(entry.validation).length > 0)
        .map((entry) => [...entry.at, "validation"]),
      ["validation"],
    ],
  };
}

/** What belongs to all is taken last: nobody waits for a place of his own while he holds one of everybody's. */
function inOrder(limits: readonly ScopedConcurrency[]): readonly ScopedConcurrency[] {
  const isShared = ({ limit }: ScopedConcurrency) => limit.key === undefined;
  return [...limits.filter((one) => !isShared(one)), ...limits.filter(isShared)];
}
