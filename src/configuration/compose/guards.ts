// Makes guards and shares them: operations with equal settings have the very same guard.
import {
  authenticationGuard,
  type Authenticator,
  forwardGuard,
  levelGuard,
  stepUpGuard,
} from "../../authentication/index.ts";
import { authorizationGuards, type RoleTable } from "../../authorization/index.ts";
import type { Destination } from "../../core/gate.ts";
import type { RequestGuard, ResponseGuard } from "../../core/guard.ts";
import type { Principal } from "../../core/principal.ts";
import { identityCookieNames } from "../../identity/cookie-names.ts";
import {
  addressCeilingGuard,
  concurrencyGuard,
  addressSanctionsGuard,
  callerSanctionsGuard,
  failedAnswersGuards,
  failedAuthenticationGuard,
  limitFieldsGuard,
  type LimitKey,
  rateLimitGuard,
  type SanctionGuardOptions,
} from "../../rate-limiting/index.ts";
import { answerGuard } from "../../transport/answer-guard.ts";
import { closedCorsGuard, corsGuard, type CorsRules, preflightGuard } from "../../transport/cors.ts";
import { DEFAULTS } from "../defaults.ts";
import type { SanctionKeeper } from "../sanctions/sanction-keeper.ts";
import type { LimitKeySettings, Settings } from "../settings.ts";
import type { CallerForwarding } from "./forward.ts";
import type { GuardMode, OperationPolicy, ScopedConcurrency, ScopedLimit } from "./operation-policy.ts";
import type { ComposePorts } from "./ports.ts";

export class GuardShelf {
  readonly #settings: Settings;
  readonly #ports: ComposePorts;
  readonly #authenticators: ReadonlyMap<string, Authenticator>;
  readonly #roles: RoleTable;
  readonly #forwarding: CallerForwarding | undefined;
  readonly #identityCookies: ReadonlySet<string> | undefined;
  readonly #made = new Map<string, unknown>();

  constructor(
    settings: Settings,
    ports: ComposePorts,
    authenticators: ReadonlyMap<string, Authenticator>,
    roles: RoleTable,
    forwarding?: CallerForwarding,
  ) {
    this.#settings = settings;
    const { identity } = settings;
    this.#identityCookies = identity === undefined ? undefined : identityCookieNames(identity.issuer);
    this.#ports = ports;
    this.#authenticators = authenticators;
    this.#roles = roles;
    this.#forwarding = forwarding;
  }

  /** Left out where nobody is ever held back, as with `--observe`. */
  addressSanctions(): readonly RequestGuard[] {
    const keeper = this.#ports.sanctions;
    if (keeper === undefined) return [];
    return [this.#once("address sanctions", () => addressSanctionsGuard(this.#sanctioning(keeper)))];
  }

  callerSanctions(): readonly RequestGuard[] {
    const keeper = this.#ports.sanctions;
    if (keeper === undefined) return [];
    const { sanctions } = keeper;
    const { clock } = this.#ports;
    const isAsked = (principal: Principal): boolean =>
      sanctions.hasCallers && clock.nowMs() < (sanctions.ofCaller(principal)?.["step-up"]?.untilMs ?? 0);
    return [
      this.#once("caller sanctions", () => callerSanctionsGuard(this.#sanctioning(keeper))),
      this.#once("step-up", () => stepUpGuard({ isAsked, mode: "enforce" })),
    ];
  }

  addressCeiling(mode: GuardMode): RequestGuard {
    const { limit, windowMs } = this.#settings.rateLimiting.addressCeiling;
    return this.#once(`ceiling ${mode}`, () => addressCeilingGuard({ limit, windowMs, ...this.#counting(mode) }));
  }

  failedAuthentication(mode: GuardMode): RequestGuard {
    const { limit, windowMs } = this.#settings.rateLimiting.failedAuthentication;
    return this.#once(`failed ${mode}`, () => failedAuthenticationGuard({ limit, windowMs, ...this.#counting(mode) }));
  }

  /** Of what programs ask the built-in authorization server for. */
  failedTokenRequests(mode: GuardMode): ReturnType<typeof failedAnswersGuards> {
    const { limit, windowMs } = DEFAULTS.identityLimit;
    const options = { name: "failed-token-requests", limit, windowMs, ...this.#counting(mode) };
    return this.#once(`failed token requests ${mode}`, () => failedAnswersGuards(options));
  }

  authentication({ alternatives, authenticationMode: mode }: OperationPolicy): RequestGuard {
    return this.#once(`authentication ${mode} ${JSON.stringify(alternatives)}`, () =>
      authenticationGuard({ alternatives, authenticators: this.#authenticators, mode }),
    );
  }

  /** Left out where every proven caller will do. */
  level({ authenticationLevel, authenticationMode: mode }: OperationPolicy): readonly RequestGuard[] {
    if (authenticationLevel === undefined) return [];
    const { value: level } = authenticationLevel;
    return [this.#once(`level ${mode} ${level}`, () => levelGuard({ level, mode }))];
  }

  /** Left out where the API is told nothing. */
  forward(mode: GuardMode): readonly RequestGuard[] {
    const { fields, tokens } = this.#forwarding ?? { fields: false, tokens: undefined };
    if (!fields && tokens === undefined) return [];
    return [this.#once(`forward ${mode}`, () => forwardGuard({ fields, tokens, mode }))];
  }

  limit({ limit, scope }: ScopedLimit, mode: GuardMode): RequestGuard {
    const { name, windowMs, slowdown } = limit;
    const { counter } = this.#ports;
    return this.#once(`limit ${mode} ${scope} ${name}`, () =>
      rateLimitGuard({
        limit: { limit: limit.limit, windowMs, key: this.#keyOf(limit), slowdown },
        name,
        scope,
        counter,
        mode,
      }),
    );
  }

  concurrency({ limit, scope }: ScopedConcurrency, mode: GuardMode): RequestGuard {
    const { name, key, queue, timeoutMs } = limit;
    return this.#once(`concurrency ${mode} ${scope} ${name}`, () =>
      concurrencyGuard({
        limit: {
          limit: limit.limit,
          queue,
          timeoutMs,
          key: key === undefined ? undefined : this.#keyOf({ ...limit, key }),
        },
        name,
        lanes: this.#ports.lanes.of(`${scope}\n${name}`),
        mode,
      }),
    );
  }

  #keyOf({ key, claim, fallback }: LimitKeySettings): LimitKey {
    return { parts: key, claim, fallback, prefixes: this.#settings.rateLimiting.prefixes };
  }

  authorization(policy: OperationPolicy): readonly RequestGuard[] {
    const { alternatives, roles, permissions, authorizationMode: mode } = policy;
    const key = `authorization ${mode} ${JSON.stringify([alternatives, roles, permissions])}`;
    return this.#once(key, () =>
      authorizationGuards({
        alternatives,
        table: this.#roles,
        mode,
        ...(roles === undefined ? {} : { roles }),
        ...(permissions === undefined ? {} : { permissions }),
      }),
    );
  }

  /** Always enforced: what it takes out would break the framing or give the upstream away, whoever only observes. */
  answer(destination: Destination): ResponseGuard {
    const withheldCookies = this.withheldCookies(destination);
    return this.#once(`answer ${destination}`, () =>
      answerGuard({
        hsts: this.#settings.transport.hsts,
        withheldCookies,
        tellsRefusals: destination === "identity",
      }),
    );
  }

  /** Cookies of the sign-in pages end at the gate: whoever reads the API's logs could go on in their holder's place. */
  withheldCookies(destination: Destination): ReadonlySet<string> | undefined {
    return destination === "api" ? this.#identityCookies : undefined;
  }

  /** Without rules no page of another origin may use the operation, whatever the API says. */
  cors(rules: CorsRules | undefined, mode: GuardMode): ResponseGuard {
    if (rules === undefined) return this.#once(`cors ${mode}`, () => closedCorsGuard(mode));
    return this.#once(`cors ${mode} ${JSON.stringify(rules)}`, () => corsGuard(rules, mode));
  }

  preflight(rules: CorsRules, methods: readonly string[], mode: GuardMode): RequestGuard {
    const key = `preflight ${mode} ${JSON.stringify([rules, methods])}`;
    return this.#once(key, () => preflightGuard(rules, methods, mode));
  }

  limitFields(): ResponseGuard {
    return this.#once("limit fields", () => limitFieldsGuard());
  }

  #sanctioning({ sanctions, isSpared }: SanctionKeeper): SanctionGuardOptions {
    const { clock, counter } = this.#ports;
    const { prefixes } = this.#settings.rateLimiting;
    return { sanctions, isSpared, clock, counter, prefixes, mode: "enforce" };
  }

  #counting(mode: GuardMode) {
    return { counter: this.#ports.counter, mode, prefixes: this.#settings.rateLimiting.prefixes };
  }

  #once<T>(key: string, make: () => T): T {
    let made = this.#made.get(key) as T | undefined;
    if (made === undefined) this.#made.set(key, (made = make()));
    return made;
  }
}
