// Guards what stops the start of a single practice: a slip is told with the middleware's name and the remedy, at creation.
import { describe, expect, it } from "vitest";
import { authenticate } from "../../src/adapters/express-authentication.ts";
import { requireRoles, requireScopes } from "../../src/adapters/express-authorization.ts";
import { auditLog } from "../../src/adapters/express-monitoring.ts";
import { limit, type LimitOptions } from "../../src/adapters/express-rate-limiting.ts";
import { validateBody } from "../../src/adapters/express-validation.ts";
import { AUDIENCE, ISSUER, SECRET } from "./alone-harness.ts";

const limiting = (options: unknown) => () => limit(options as LimitOptions);
const authenticating = (options: object) => () => {
  const whole = { issuer: ISSUER, audience: AUDIENCE, secret: SECRET, ...options };
  return authenticate(whole);
};

describe("a slip in the options", () => {
  it.each([
    ["an unknown option", limiting({ max: 1, limt: 100, window: "1m" }), 'limit(): unknown option "max"'],
    ["a misspelt one", limiting({ limt: 100, window: "1m" }), 'limit(): unknown option "limt". Did you mean "limit"?'],
    ["no options", limiting(undefined), "limit(): an object of options is needed. Known here: limit, window"],
    ["null for options", () => authenticate(null as never), "authenticate(): an object of options is needed"],
    ["no limit", limiting({ window: "1m" }), "limit(): limit is not a whole number from 1"],
    ["a limit of 0", limiting({ limit: 0, window: "1m" }), "limit(): limit is not a whole number from 1"],
    ["a window in words", limiting({ limit: 1, window: "15 minutes" }), 'such as "15m"'],
    ["a window as a number", limiting({ limit: 1, window: 900_000 }), "limit(): window is no duration"],
    [
      "an unknown key",
      limiting({ limit: 1, window: "1m", key: "ip" }),
      "One of address, subject, client, claim, api-key, or a list of them.",
    ],
    ["a key twice", limiting({ limit: 1, window: "1m", key: ["subject", "subject"] }), "limit(): key is unknown"],
    [
      "an operation without document",
      limiting({ limit: 1, window: "1m", key: "operation" }),
      "limit(): key is unknown",
    ],
    ["a claim that is not named", limiting({ limit: 1, window: "1m", key: "claim" }), 'Such as `key: "claim", claim'],
    ["a claim without key", limiting({ limit: 1, window: "1m", claim: ["tenant"] }), "key and claim belong together"],
    [
      "a claim that is no list",
      limiting({ limit: 1, window: "1m", key: "claim", claim: [] }),
      "claims are named as text",
    ],
    ["a window of a month", limiting({ limit: 1, window: "30d" }), "at most 24 days"],
    [
      "a delay for nothing",
      limiting({ limit: 9, window: "1m", delay: "1s" }),
      "delay without delayAfter has no effect",
    ],
    [
      "a threshold at the limit",
      limiting({ limit: 9, window: "1m", delayAfter: 9 }),
      "no whole number below the limit",
    ],
    ["a delay of a minute", limiting({ limit: 9, window: "1m", delayAfter: 1, delay: "1m" }), "at most 30 seconds"],
    ["a name with a quote", limiting({ limit: 1, window: "1m", name: 'a"b' }), "limit(): name is not made of"],
    ["trust in everybody", limiting({ limit: 1, window: "1m", trustedProxies: true }), "trustedProxies is not a list"],
    ["no network", limiting({ limit: 1, window: "1m", trustedProxies: ["10/8"] }), "limit(): "],

    ["no audience", authenticating({ audience: undefined }), "tokens made for other APIs would be accepted"],
    ["no issuer", authenticating({ issuer: undefined }), "authenticate(): issuer is missing"],
    [
      "a secret of 31 bytes",
      authenticating({ secret: "x".repeat(31) }),
      "HS256 needs at least 32 (RFC 7518 3.2). Make one with",
    ],
    ["a secret that is not set", authenticating({ secret: undefined }), "Is the variable of the environment set?"],
    ["two sources of keys", authenticating({ jwks: "keys.json" }), "both jwks and secret"],
    ["alg none", authenticating({ algorithms: ["none"] }), "authenticate(): none cannot be verified with these keys"],
    ["an ID token's typ", authenticating({ typ: "logout+jwt" }), "is never an access token"],
    ["an unknown preset", authenticating({ preset: "oktaa" }), "One of rfc9068, keycloak"],
    [
      "an unknown claim",
      authenticating({ claims: { role: ["roles"] } }),
      'unknown option "role". Did you mean "roles"?',
    ],
    ["a claim in dots", authenticating({ claims: { roles: "a.b" } }), 'Such as ["realm_access", "roles"].'],
    ["a life in words", authenticating({ lifetimeMax: "an hour" }), "lifetimeMax is no duration"],

    ["no scopes", () => requireScopes(), "requireScopes(): scopes are named as text"],
    ["an empty role", () => requireRoles(""), "requireRoles(): roles are named as text"],

    ["a type that does not exist", () => validateBody({ type: "text" }), "validateBody(): type must be one of string"],
    ["a pattern that is not linear", () => validateBody({ pattern: "(?=a)" }), "validateBody(): "],
    ["no schema", () => validateBody(undefined as never), "validateBody(): a JSON Schema is needed"],
    ["a body of nothing", () => validateBody({}, { bodyBytesMax: 0 }), "bodyBytesMax is no whole number over 0"],

    [
      "a folder for a file",
      () => auditLog({ file: "/dev/null/audit" }),
      "auditLog(): /dev/null/audit cannot be opened: ",
    ],
    ["nowhere to write", () => auditLog({ console: false }), "auditLog(): nothing takes the events"],
  ] as [string, () => unknown, string][])("%s", (_name, make, message) => {
    expect(make).toThrow(message);
  });

  it("never shows the secret", () => {
    expect(authenticating({ secret: "hunter2" })).not.toThrow("hunter2");
    expect(authenticating({ secret: "hunter2" })).toThrow("7 bytes");
  });
});
