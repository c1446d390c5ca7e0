// Breaks settings: one change for each thing that a setting holds. A new setting does not compile here until somebody says how it breaks.
import type { LoadedSettings } from "../../../src/configuration/load.ts";
import type { OperationSettings, SchemeSettings, Settings } from "../../../src/configuration/settings.ts";
import type { Mutant } from "./mutant.ts";

type Jwt = Extract<SchemeSettings, { kind: "jwt" }>;

/** The value that a broken setting has; undefined where this policy does not use it. Where none is given, none weakens the gate. */
type Breaks<T> = {
  readonly [Key in keyof T]-?: ((value: T[Key]) => { readonly to: T[Key] } | undefined) | "weakens nothing";
};

const ANYTHING = 2 ** 40;

const TRANSPORT: Breaks<Settings["transport"]> = {
  listen: "weakens nothing",
  publicUrl: "weakens nothing",
  tls: "weakens nothing",
  // Whoever asks says where he comes from.
  trustedProxies: () => ({ to: ["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"] }),
  clientAddressField: "weakens nothing",
  hsts: (value) => (value === undefined ? undefined : { to: undefined }),
  cors: (value) => (value === undefined ? undefined : { to: { ...value, origins: "*" } }),
  redirect: "weakens nothing",
  adminListen: "weakens nothing",
};

const JWT: Breaks<Jwt> = {
  kind: "weakens nothing",
  at: "weakens nothing",
  // What is overlooked in a token is the business of reasons: any value of these would be another policy, not a weaker one.
  issuer: "weakens nothing",
  audience: "weakens nothing",
  keys: "weakens nothing",
  preset: "weakens nothing",
  scopes: "weakens nothing",
  roles: "weakens nothing",
  permissions: "weakens nothing",
  algorithms: (value) => (value === undefined ? undefined : { to: undefined }),
  typ: () => ({ to: ["at+jwt", "application/at+jwt", "JWT"] }),
  lifetimeMaxSeconds: (value) => (value === undefined ? undefined : { to: undefined }),
  dpop: (value) => (value.mode === "require" ? { to: { ...value, mode: "off" } } : undefined),
  dangerouslyAllowMissingTyp: (value) => (value ? undefined : { to: true }),
  allowMissingKid: "weakens nothing",
};

const VALIDATION: Breaks<Settings["validation"]> = {
  requests: (value) => (value === "enforce" ? { to: "monitor" } : undefined),
  responses: (value) => (value === "enforce" || value === "strip" ? { to: "off" } : undefined),
  unknownParameters: (value) => (value === "enforce" ? { to: "monitor" } : undefined),
  injection: (value) => (value === "enforce" ? { to: "off" } : undefined),
  bodyBytesMax: () => ({ to: ANYTHING }),
  responseBytesMax: "weakens nothing",
};

const RATE_LIMITING: Breaks<Settings["rateLimiting"]> = {
  mode: (value) => (value === "enforce" ? { to: "monitor" } : undefined),
  limits: (value) => (value.length === 0 ? undefined : { to: [] }),
  addressCeiling: (value) => ({ to: { ...value, limit: ANYTHING } }),
  failedAuthentication: (value) => ({ to: { ...value, limit: ANYTHING } }),
  concurrency: (value) => (value.length === 0 ? undefined : { to: [] }),
  prefixes: "weakens nothing",
};

const OPERATION: Breaks<OperationSettings> = {
  selector: "weakens nothing",
  at: "weakens nothing",
  cors: (value) => (value === "off" ? { to: undefined } : undefined),
  authenticationMode: () => ({ to: "monitor" }),
  authenticationLevel: (value) => (value === undefined ? undefined : { to: undefined }),
  authorizationMode: () => ({ to: "monitor" }),
  roles: (value) => (value === undefined ? undefined : { to: undefined }),
  permissions: (value) => (value === undefined ? undefined : { to: undefined }),
  rateLimitingMode: (value) => (value === "enforce" ? { to: "monitor" } : undefined),
  limits: (value) => (value.length === 0 ? undefined : { to: [] }),
  concurrency: (value) => (value.length === 0 ? undefined : { to: [] }),
  validation: (value) => (Object.keys(value).length === 0 ? undefined : { to: {} }),
};

/** `settings` are those of the original policy: what they do not use is not broken. */
export function settingsMutants({
  authentication,
  operations,
  transport,
  rateLimiting,
  validation,
}: Settings): Mutant[] {
  const part = <Key extends "transport" | "rateLimiting" | "validation">(
    name: Key,
    value: Settings[Key],
    breaks: Breaks<Settings[Key]>,
  ) => broken(name, value, breaks, { pick: (now) => now[name], put: (changed, now) => ({ ...now, [name]: changed }) });
  const schemes = [...authentication.schemes].flatMap(([name, scheme]) =>
    scheme.kind !== "jwt"
      ? []
      : broken(`authentication.${name}`, scheme, JWT, {
          pick: (now) => now.authentication.schemes.get(name) as Jwt,
          put: (changed, now) => withScheme(now, name, changed),
        }),
  );
  const entries = operations.flatMap((entry, index) =>
    broken(`operations.${entry.selector}`, entry, OPERATION, {
      pick: (now) => now.operations[index] as OperationSettings,
      put: (changed, now) => ({ ...now, operations: now.operations.map((one, i) => (i === index ? changed : one)) }),
    }),
  );
  return [
    ...part("transport", transport, TRANSPORT),
    ...part("rateLimiting", rateLimiting, RATE_LIMITING),
    ...part("validation", validation, VALIDATION),
    ...schemes,
    ...entries,
    mutant("authentication.mode", (now) => ({ ...now, authentication: { ...now.authentication, mode: "monitor" } })),
    mutant("authorization.mode", (now) => ({ ...now, authorization: { ...now.authorization, mode: "monitor" } })),
    ...(authentication.denied === undefined
      ? []
      : [
          mutant("authentication.denied", (now) => ({
            ...now,
            authentication: { ...now.authentication, denied: undefined },
          })),
        ]),
  ];
}

interface Within<T> {
  readonly pick: (now: Settings) => T;
  readonly put: (changed: T, now: Settings) => Settings;
}

function broken<T extends object>(name: string, original: T, breaks: Breaks<T>, { pick, put }: Within<T>): Mutant[] {
  return (Object.keys(breaks) as (keyof T & string)[]).flatMap((key) => {
    const how = breaks[key];
    if (typeof how !== "function" || how(original[key]) === undefined) return [];
    return mutant(`${name}.${key}`, (now) => {
      const held = pick(now);
      const change = how(held[key]);
      return change === undefined ? now : put({ ...held, [key]: change.to }, now);
    });
  });
}

function mutant(name: string, change: (now: Settings) => Settings): Mutant {
  const settings = (loaded: LoadedSettings): LoadedSettings => ({ ...loaded, settings: change(loaded.settings) });
  return { name: `settings: ${name}`, operations: undefined, settings };
}

function withScheme(now: Settings, name: string, scheme: Jwt): Settings {
  const schemes = new Map([...now.authentication.schemes, [name, scheme] as const]);
  return { ...now, authentication: { ...now.authentication, schemes } };
}
