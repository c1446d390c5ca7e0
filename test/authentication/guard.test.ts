// The guard: alternatives and combinations of `security`, and what a failed credential means (ATTACKS.md J25, J26, J30).
import { beforeAll, describe, expect, it } from "vitest";
import { authenticationGuard } from "../../src/authentication/authentication-guard.ts";
import type { Authenticator } from "../../src/authentication/authenticator.ts";
import { passThroughAuthenticator } from "../../src/authentication/pass-through-authenticator.ts";
import { unjudgedAuthenticator } from "../../src/authentication/unjudged-authenticator.ts";
import type { Exchange } from "../../src/core/exchange.ts";
import { ANONYMOUS } from "../../src/core/principal.ts";
import { REASONS } from "../../src/core/reasons/registry.ts";
import { runRequestGuards } from "../../src/core/run.ts";
import { FakeTime } from "./fake-time.ts";
import { claimsAt, issue, makeKey, type TestKey } from "./issuer.ts";
import { authenticatorOf, keysOf, verdict } from "./judging.ts";
import { bearer, request } from "./requests.ts";
import { absent, alternativesOf, failed, judge, proven, type Written } from "./saying.ts";

const time = new FakeTime();
let key: TestKey;
let gate: Authenticator;
let token: string;

beforeAll(async () => {
  key = await makeKey("ES256", "k");
  gate = authenticatorOf(await keysOf(key), time, { realm: "orders" });
  token = await issue(key, claimsAt(time.seconds));
});

describe("alternatives", () => {
  it("a public operation asks for nothing", async () => {
    expect(await judge([], [failed("a")])).toBe("undefined undefined");
  });

  it("all schemes of one must hold", async () => {
    expect(await judge([{ a: [], b: [] }], [proven("a", "u"), proven("b")])).toBe("a+b u");
    expect(await judge([{ a: [], b: [] }], [proven("a"), proven("b", "v")])).toBe("a+b v");
    expect(await judge([{ a: [], b: [] }], [proven("a", "u"), absent("b")])).toBe("credentials-missing");
    expect(await judge([{ a: [], b: [] }], [proven("a", "u"), failed("b")])).toBe("signature-invalid");
    expect(await judge([{ a: [], b: [] }], [absent("a"), absent("b")])).toBe("credentials-missing");
  });

  it("one of them must hold, the first with its scopes", async () => {
    const both = [proven("a", "u", ["read"]), proven("b", "v", ["write"])];
    expect(await judge([{ a: [] }, { b: [] }], both)).toBe("a u");
    expect(await judge([{ a: ["write"] }, { b: ["write"] }], both)).toBe("b v");
    expect(await judge([{ a: ["x"] }, { b: ["x"] }], both)).toBe("a u"); // authorization says 403
    expect(await judge([{ a: ["x"] }, { a: ["read"] }], both)).toBe("a u");
    expect(await judge([{ a: [] }, { b: [] }], [absent("a"), proven("b", "v")])).toBe("b v");
    expect(await judge([{ a: [] }, { b: [] }], [failed("a"), proven("b", "v")])).toBe("b v");
  });

  it("anonymous is who presents nothing, never who presents something bad", async () => {
    for (const written of [
      [{ a: [] }, {}],
      [{}, { a: [] }],
    ] as Written[]) {
      expect(await judge(written, [absent("a")])).toBe(" undefined");
      expect(await judge(written, [failed("a")])).toBe("signature-invalid");
      expect(await judge(written, [proven("a", "u")])).toBe("a u");
    }
    expect(await judge([{ a: ["x"] }, {}], [proven("a", "u")])).toBe(" undefined");
    expect(await judge([{ a: [], b: [] }, {}], [proven("a", "u"), failed("b")])).toBe("signature-invalid");
  });

  it("of several failures tells the one that says most; an outage is never a 401", async () => {
    const foreign = failed("a", "authentication.issuer-rejected");
    const expired = failed("b", "authentication.token-expired");
    expect(await judge([{ a: [] }, { b: [] }], [foreign, expired])).toBe("token-expired");
    const away = failed("b", "authentication.keys-unavailable");
    expect(await judge([{ a: [] }, { b: [] }], [failed("a"), away])).toBe("keys-unavailable");
    expect(await judge([{ a: [] }, { b: [] }], [failed("a"), expired])).toBe("signature-invalid");
  });

  it("is not built for a scheme that nobody checks", () => {
    expect(() =>
      authenticationGuard({ alternatives: alternativesOf([{ a: [] }]), authenticators: new Map(), mode: "enforce" }),
    ).toThrow(/scheme a/);
  });
});

describe("the answer", () => {
  const guardOf = (...authenticators: Authenticator[]) =>
    authenticationGuard({
      alternatives: authenticators.map(({ scheme }) => [{ scheme, scopes: [] }]),
      authenticators: new Map(authenticators.map((authenticator) => [authenticator.scheme, authenticator])),
      mode: "enforce",
    });
  const linesOf = async (exchange: Exchange, ...authenticators: Authenticator[]): Promise<string[]> => {
    const outcome = await guardOf(...authenticators).check(exchange);
    return outcome.kind === "deny" ? [...(outcome.lines ?? [])] : [];
  };

  it("J30 names every challenge where nothing was sent, without an error", async () => {
    const basic = passThroughAuthenticator({ scheme: "b", carrier: { in: "authorization", scheme: "basic" } });
    const lines = await linesOf(request([]), gate, basic);
    expect(lines).toEqual([
      "WWW-Authenticate",
      'Bearer realm="orders"',
      "WWW-Authenticate",
      'DPoP realm="orders", algs="ES256 ES384 EdDSA Ed25519 PS256 RS256"',
      "WWW-Authenticate",
      'Basic realm="b", charset="UTF-8"',
    ]);
  });

  it("J30 says invalid_token and the public sentence, and nothing of the token", async () => {
    const bad = [
      token.slice(0, -4),
      await issue(key, claimsAt(time.seconds, { exp: 1, sub: "secret-subject" })),
      await issue(key, claimsAt(time.seconds, { aud: 'x" injected="1', iss: "https://login.example.com/" })),
      await issue(key, claimsAt(time.seconds, { iss: "https://secret.example/" })),
    ];
    for (const credential of bad) {
      const outcome = await guardOf(gate).check(bearer(credential));
      if (outcome.kind !== "deny") throw new Error("accepted");
      const { title, status } = REASONS[outcome.reason];
      expect(status).toBe(401);
      const value = `Bearer realm="orders", error="invalid_token", error_description="${title}"`;
      expect(outcome.lines).toEqual(["WWW-Authenticate", value]);
      expect(value).toMatch(/^[\x20-\x7e]+$/);
      expect(outcome.detail).toBeUndefined();
      expect(JSON.stringify(outcome)).not.toMatch(/secret|injected/);
    }
  });

  it("cannot be broken out of by a realm", async () => {
    const [, value] = await linesOf(
      request([]),
      authenticatorOf(await keysOf(key), time, { realm: 'a"b\\c\r\nX: \u00e9' }),
    );
    expect(value).toBe(`Bearer realm="a'b'c''X: '"`);
  });

  it("in monitor notes what it would have denied, and the caller stays anonymous", async () => {
    const exchange = bearer(`${token}x`);
    const guard = { ...guardOf(gate), mode: "monitor" as const };
    expect(await runRequestGuards([guard], exchange)).toBeUndefined();
    expect(exchange.notes).toMatchObject([{ guard: "authentication.credentials", kind: "would-deny" }]);
    expect(exchange.principal).toBe(ANONYMOUS);
  });

  it("an unjudged scheme denies, also where something was sent", async () => {
    for (const exchange of [request([]), bearer(token)]) {
      const outcome = await guardOf(unjudgedAuthenticator("x")).check(exchange);
      expect(outcome).toMatchObject({ kind: "deny", reason: "authentication.scheme-unjudged" });
    }
  });
});

describe("where a token may stand", () => {
  const MALFORMED = /^authentication\.(credentials|token)-malformed$/;

  it("J25 a token in query, cookie, body or another field is ignored", async () => {
    for (const exchange of [
      request([], `/orders?access_token=${token}`),
      request(["Cookie", `access_token=${token}; Authorization=Bearer ${token}`]),
      request(["X-Authorization", `Bearer ${token}`, "Proxy-Authorization", `Bearer ${token}`]),
      request(["X-Forwarded-Authorization", `Bearer ${token}`, "X-Access-Token", token]),
    ]) {
      expect(await verdict(gate, exchange)).toBe("absent");
    }
  });

  it.each([
    ["two fields with one token", ["Authorization", "Bearer T", "Authorization", "Bearer T"]],
    ["a second field of another scheme behind it", ["Authorization", "Bearer T", "authorization", "Basic eDp5"]],
    ["a second field of another scheme before it", ["Authorization", "Basic eDp5", "Authorization", "Bearer T"]],
    ["a second field that is empty", ["Authorization", "", "Authorization", "Bearer T"]],
    ["Bearer,Bearer", ["Authorization", "Bearer,Bearer"]],
    ["Bearer,Bearer and a token", ["Authorization", "Bearer,Bearer T"]],
    ["Bearer twice", ["Authorization", "Bearer Bearer T"]],
    ["two credentials in one field", ["Authorization", "Bearer T, Bearer T"]],
    ["credentials of two schemes in one field", ["Authorization", "Bearer T,Basic eDp5"]],
    ["a space behind the token", ["Authorization", "Bearer T "]],
    ["a token in quotes", ["Authorization", 'Bearer "T"']],
    ["a token as a parameter", ["Authorization", 'Bearer token="T"']],
    ["a tab behind the scheme", ["Authorization", "Bearer\tT"]],
    ["an equals sign behind the scheme", ["Authorization", "Bearer=T"]],
    ["no token", ["Authorization", "Bearer"]],
    ["a space for a token", ["Authorization", "Bearer "]],
  ])("J26 %s", async (_name, lines) => {
    const filled = lines.map((line) => line.replaceAll(/\bT\b/g, token));
    expect(await verdict(gate, request(filled))).toMatch(MALFORMED);
  });

  it("J26 any letter case of the scheme is accepted, another scheme is none of ours", async () => {
    for (const scheme of ["Bearer", "bearer", "BEARER", "bEARER"]) {
      expect(await verdict(gate, request(["AUTHORIZATION", `${scheme} ${token}`]))).toBe("accepted");
    }
    expect(await verdict(gate, request(["Authorization", `Bearer  ${token}`]))).toBe("accepted"); // 1*SP
    for (const value of ["Basic eDp5", `BearerX ${token}`, `DPoPX ${token}`, "", token, "Bear"]) {
      expect(await verdict(gate, request(["Authorization", value]))).toBe("absent");
    }
  });
});

describe("checked by the upstream", () => {
  const through = (carrier: Parameters<typeof passThroughAuthenticator>[0]["carrier"]) =>
    passThroughAuthenticator({ scheme: "s", carrier });

  it("is proven by presence, once and not empty, for a caller without a name", async () => {
    const basic = through({ in: "authorization", scheme: "basic" });
    expect(await verdict(basic, request(["Authorization", "basic eDp5"]))).toBe("accepted");
    expect(await verdict(basic, request(["Authorization", "Bearer x"]))).toBe("absent");
    expect(await verdict(basic, request(["Authorization", "Basic"]))).toBe("authentication.credentials-malformed");
    const result = basic.authenticate(request(["Authorization", "Basic eDp5"]));
    expect(result).toMatchObject({ principal: { kind: "anonymous", method: "upstream", subject: undefined } });
  });

  it("finds cookies, query parameters and fields by exact name", async () => {
    const malformed = "authentication.credentials-malformed";
    const cookie = through({ in: "cookie", name: "sid" });
    expect(await verdict(cookie, request(["Cookie", "a=b; sid=1"]))).toBe("accepted");
    expect(await verdict(cookie, request(["Cookie", "xsid=1; sid2=1; SID=1"]))).toBe("absent");
    expect(await verdict(cookie, request(["Cookie", "sid=1", "Cookie", "sid=2"]))).toBe(malformed);
    expect(await verdict(cookie, request(["Cookie", "sid="]))).toBe(malformed);
    const query = through({ in: "query", name: "key" });
    expect(await verdict(query, request([], "/x?a=1&key=2"))).toBe("accepted");
    expect(await verdict(query, request([], "/x?%6bey=2"))).toBe("accepted");
    expect(await verdict(query, request([], "/x?key=1&%6bey=2"))).toBe(malformed);
    expect(await verdict(query, request([], "/x?%zz=1&keys=2"))).toBe("absent");
    expect(await verdict(query, request([], "/x?key"))).toBe(malformed);
    const field = through({ in: "header", name: "X-Api-Key" });
    expect(await verdict(field, request(["x-api-key", "1"]))).toBe("accepted");
    expect(await verdict(field, request(["x-api-key", "1", "X-API-KEY", "2"]))).toBe(malformed);
    expect(await verdict(field, request([]))).toBe("absent");
  });
});
