// Attacks on what a token grants, and options that could not be meant: scopes, roles, shared secrets (J29).
import { describe, expect, it } from "vitest";
import { ProblemsError } from "../../src/openapi/located.ts";
import { FakeTime } from "./fake-time.ts";
import { type Claims, claimsAt, forge, headerText, hmacToken, makeKey } from "./issuer.ts";
import { accepted, authenticatorOf, keysOf, verdict } from "./judging.ts";
import { secretKey } from "../../src/authentication/secret-key.ts";

const MALFORMED = "authentication.token-malformed";
const time = new FakeTime();
const now = time.seconds;
const key = await makeKey("ES256", "k1");
const keys = await keysOf(key);
const gate = authenticatorOf(keys, time);
const token = (changes: Claims, header: Claims = {}): string =>
  forge(key, headerText(key, header), JSON.stringify(claimsAt(now, changes)));
const judged = (changes: Claims, by = gate): Promise<string> => verdict(by, token(changes));

describe("what it grants", () => {
  const scopes = async (scope: unknown, by = gate): Promise<string[]> =>
    [...(await accepted(by, token({ scope }))).principal.scopes].sort();

  it("J29 scopes are whole words", async () => {
    expect(await scopes("orders:read")).toEqual(["orders:read"]);
    expect(await scopes("orders:readwrite admin-no")).toEqual(["admin-no", "orders:readwrite"]);
    expect(await scopes("")).toEqual([]);
    expect(await scopes(undefined)).toEqual([]);
    expect(await scopes(["a", "b"])).toEqual(["a", "b"]);
  });

  it.each([
    ["a number", 5],
    ["a boolean", true],
    ["null", null],
    ["an object", {}],
    ["an object whose members look like scopes", { admin: true }],
    ["a list with two scopes in one item", ["a b"]],
    ["a list with a number", ["a", 5]],
    ["a list of lists", [["a"]]],
    ["a tab between scopes", "a\tb"],
    ["a line break between scopes", "a\nadmin"],
    ["a quote", 'a"b'],
    ["a letter beyond ASCII", "a,\u00e9"],
  ])("J29 scopes as %s are refused, never guessed", async (_name, scope) => {
    expect(await judged({ scope })).toBe(MALFORMED);
  });

  it("J29 roles count only from where the configuration says", async () => {
    const asserting = { roles: ["admin"], realm_access: { roles: ["admin"] }, groups: ["admin"] };
    expect((await accepted(gate, token(asserting))).principal.roles).toEqual([]);
    const configured = authenticatorOf(keys, time, { claims: { roles: [["realm_access", "roles"]] } });
    expect((await accepted(configured, token({ ...asserting, roles: ["root"] }))).principal.roles).toEqual(["admin"]);
    expect((await accepted(configured, token({ realm_access: "roles" }))).principal.roles).toEqual([]);
    for (const roles of [5, { admin: true }, [5], [["admin"]], [""], null]) {
      expect(await judged({ realm_access: { roles } }, configured)).toBe(MALFORMED);
    }
    const builtIn = authenticatorOf(keys, time, {
      claims: {
        roles: [
          ["constructor", "name"],
          ["scope", "length"],
        ],
      },
    });
    expect((await accepted(builtIn, token({}))).principal.roles).toEqual([]);
  });

  it("gives a principal that nobody can change", async () => {
    const { principal } = await accepted(gate, token({ deep: { list: [{ a: 1 }] } }));
    const scopes = principal.scopes as Set<string>;
    expect(() => scopes.add("admin")).toThrow(TypeError);
    expect(() => scopes.delete("orders:read")).toThrow(TypeError);
    expect(() => scopes.clear()).toThrow(TypeError);
    for (const part of [principal, principal.roles, principal.claims, principal.claims["deep"]]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
    expect(Object.isFrozen((principal.claims["deep"] as { list: unknown[] }).list[0])).toBe(true);
  });
});

describe("a shared secret", () => {
  const secret = "0123456789abcdef0123456789abcdef";

  it("verifies HS256 and nothing else, with or without kid", async () => {
    const authenticator = authenticatorOf(secretKey({ secret }), time);
    const made = (header: Claims, by = secret): string => hmacToken(by, { typ: "at+jwt", ...header }, claimsAt(now));
    expect(await verdict(authenticator, made({ alg: "HS256" }))).toBe("accepted");
    expect(await verdict(authenticator, made({ alg: "HS256", kid: "any" }))).toBe("accepted");
    expect(await verdict(authenticator, made({ alg: "HS256" }, `${secret}x`))).toBe("authentication.signature-invalid");
    for (const alg of ["HS384", "HS512", "none", "RS256", "hs256"]) {
      expect(await verdict(authenticator, made({ alg }))).toBe("authentication.algorithm-rejected");
    }
    expect(await verdict(authenticator, token({}))).toBe("authentication.algorithm-rejected");
  });

  it("must have 32 bytes", () => {
    expect(() => secretKey({ secret: secret.slice(1) })).toThrow(/31 bytes/);
    expect(() => secretKey({ secret: "" })).toThrow(/0 bytes/);
    expect(() => secretKey({ secret: Buffer.alloc(32) })).not.toThrow();
  });
});

it("stops the start for options that cannot be meant", () => {
  const invalid = [
    { audience: [] },
    { audience: "" },
    { issuer: "" },
    { algorithms: ["none"] },
    { algorithms: ["HS256"] },
    { algorithms: [] },
    { algorithms: ["RS256", "rs256"] },
    { skewSeconds: -1 },
    { skewSeconds: Number.NaN },
    { skewSeconds: 3_600 },
  ];
  for (const options of invalid) expect(() => authenticatorOf(keys, time, options)).toThrow(ProblemsError);
  expect(() => authenticatorOf(secretKey({ secret: "x".repeat(32) }), time, { algorithms: ["RS256"] })).toThrow(
    ProblemsError,
  );
});

it("accepts fewer algorithms where the configuration names them", async () => {
  expect(await judged({}, authenticatorOf(keys, time, { algorithms: ["RS256"] }))).toBe(
    "authentication.algorithm-rejected",
  );
  expect(await judged({}, authenticatorOf(keys, time, { algorithms: ["RS256", "ES256"] }))).toBe("accepted");
});
