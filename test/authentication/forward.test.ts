// What the API is told of a caller: true, safe in a field, short-lived, and signed no more often than it must be.
import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { CallerFields } from "../../src/authentication/caller-fields.ts";
import { CALLER_TOKEN_TYPE, CallerTokens, type CallerTokenOptions } from "../../src/authentication/caller-tokens.ts";
import { forwardGuard } from "../../src/authentication/forward-guard.ts";
import { ANONYMOUS, type Principal } from "../../src/core/principal.ts";
import { importSigningKey, makeSigningKey } from "../../src/cryptography/signing-key.ts";
import { FakeTime } from "./fake-time.ts";
import { authenticatorOf, keysOf, verdict } from "./judging.ts";
import { makeKey } from "./issuer.ts";
import { request } from "./requests.ts";

const time = new FakeTime();
const PRINCIPAL: Principal = {
  ...ANONYMOUS,
  kind: "user",
  method: "bearer",
  issuer: "https://login.example.com/",
  subject: "sue",
  client: "web",
  scopes: new Set(["orders:read", "orders:write"]),
  roles: ["clerk", "shop manager"],
  permissions: ["orders:refund"],
  expiresAtMs: time.wallMs + 300_000,
};

const key = makeSigningKey(CALLER_TOKEN_TYPE);
const tokensWith = (more: Partial<CallerTokenOptions> = {}) =>
  new CallerTokens({
    key,
    issuer: "https://api.example.com",
    audience: "https://orders.internal",
    lifetimeMs: 60_000,
    bind: "caller",
    clock: time,
    ...more,
  });

function exchangeOf(principal: Principal = PRINCIPAL) {
  const exchange = request(["Host", "api.example.com"], "/orders?page=2");
  exchange.principal = principal;
  return exchange;
}

const verified = (token: string, audience = "https://orders.internal") =>
  jwtVerify(token, createLocalJWKSet({ keys: [key.jwk] }), {
    issuer: "https://api.example.com",
    audience,
    typ: CALLER_TOKEN_TYPE,
    currentDate: new Date(time.wallMs),
  });

describe("fields", () => {
  const linesOf = (changes: Partial<Principal>) => {
    const lines = new CallerFields().of({ ...PRINCIPAL, ...changes });
    return Object.fromEntries(lines.flatMap((name, i) => (i % 2 === 0 ? [[name, lines[i + 1]]] : [])));
  };

  it("say who, for whom, and what was granted", () => {
    expect(linesOf({})).toEqual({
      "X-Portcullis-Caller": "user",
      "X-Portcullis-Subject": "sue",
      "X-Portcullis-Issuer": "https://login.example.com/",
      "X-Portcullis-Client": "web",
      "X-Portcullis-Scopes": "orders:read orders:write",
      "X-Portcullis-Roles": "clerk shop%20manager",
      "X-Portcullis-Permissions": "orders:refund",
    });
  });

  it("are absent where nothing is known, and name an API key's user", () => {
    const claims = { name: "billing" };
    const bare = { subject: undefined, issuer: undefined, scopes: new Set<string>(), roles: [], permissions: [] };
    expect(linesOf({ ...bare, kind: "client", method: "api-key", client: "4mZ0pQ7rTu", claims })).toEqual({
      "X-Portcullis-Caller": "client",
      "X-Portcullis-Client": "4mZ0pQ7rTu",
      "X-Portcullis-Client-Name": "billing",
    });
  });

  it.each([
    "a\r\nX-Admin: true",
    "a\nb",
    "a\u0000b",
    "a,b",
    "a b",
    "50%",
    "Zoë Ω 山",
    "\u{1F600}",
    'a"b\\c;d',
    "\u007f\u0080",
    "\ud800",
  ])("keep %j in one value that reads back the same", (text) => {
    const value = linesOf({ subject: text, roles: [text, "x"] });
    expect(value["X-Portcullis-Subject"]).toMatch(/^[\x21-\x7e]+$/);
    expect(decodeURIComponent(value["X-Portcullis-Subject"] as string)).toBe(text.toWellFormed());
    const roles = (value["X-Portcullis-Roles"] as string).split(" ");
    expect(roles.map(decodeURIComponent)).toEqual([text.toWellFormed(), "x"]);
  });

  it("are made once for a principal, and no exchange can change another's", () => {
    const fields = new CallerFields();
    expect(fields.of(PRINCIPAL)).toBe(fields.of(PRINCIPAL));
    const guard = forwardGuard({ fields: true, tokens: undefined, mode: "enforce" });
    const [one, two] = [exchangeOf(), exchangeOf()];
    void guard.check(one);
    one.setUpstreamField("X-Other", "1");
    void guard.check(two);
    expect(two.upstreamFields).not.toContain("X-Other");
  });

  it("of somebody who is not known are none at all", () => {
    const exchange = exchangeOf(ANONYMOUS);
    void forwardGuard({ fields: true, tokens: tokensWith(), mode: "enforce" }).check(exchange);
    expect(exchange.upstreamFields).toEqual([]);
  });
});

describe("a token about the caller", () => {
  it("is verified by another implementation, for its audience and its type only", async () => {
    const token = tokensWith().for(exchangeOf());
    const { payload, protectedHeader } = await verified(token);
    expect(protectedHeader).toEqual({ alg: "ES256", typ: CALLER_TOKEN_TYPE, kid: key.kid });
    expect(payload).toEqual({
      iss: "https://api.example.com",
      aud: "https://orders.internal",
      iat: time.seconds,
      exp: time.seconds + 60,
      sub: "sue",
      sub_issuer: "https://login.example.com/",
      caller: "user",
      client_id: "web",
      scope: "orders:read orders:write",
      roles: ["clerk", "shop manager"],
      permissions: ["orders:refund"],
    });
    await expect(verified(token, "https://other.internal")).rejects.toThrow(/aud/);
  });

  it("never outlives the credential that it is made from", async () => {
    const principal = { ...PRINCIPAL, expiresAtMs: time.wallMs + 5_000 };
    const { payload } = await verified(tokensWith().for(exchangeOf(principal)));
    expect(payload.exp).toBe(time.seconds + 5);
  });

  it("is signed once for the requests of a credential, and anew when half of its life is gone", () => {
    const clock = new FakeTime();
    let signed = 0;
    const sign = (payload: object): string => {
      signed += 1;
      return key.sign(payload);
    };
    const tokens = tokensWith({ clock, key: { ...key, sign } });
    const first = tokens.for(exchangeOf());
    for (let i = 0; i < 1_000; i += 1) expect(tokens.for(exchangeOf())).toBe(first);
    expect(signed).toBe(1);
    clock.jump(29_999);
    expect(tokens.for(exchangeOf())).toBe(first);
    clock.jump(1);
    expect(tokens.for(exchangeOf())).not.toBe(first);
    expect(signed).toBe(2);
  });

  it("names the one request that it is for, where the owner wants that", async () => {
    const tokens = tokensWith({ bind: "request" });
    const exchange = exchangeOf();
    const one = await verified(tokens.for(exchange));
    const two = await verified(tokens.for(exchange));
    expect(one.payload).toMatchObject({ htm: "GET", htu: "https://api.example.com/orders", request_id: exchange.id });
    expect(one.payload.jti).not.toBe(two.payload.jti);
  });

  it("J23 is no access token of anybody: a gate refuses it, even one that believes its issuer and key", async () => {
    const other = await makeKey("ES256", key.kid);
    const believing = authenticatorOf(await keysOf({ ...other, jwk: key.jwk }), time, {
      issuer: "https://api.example.com",
      audience: "https://orders.internal",
    });
    for (const bind of ["caller", "request"] as const) {
      expect(await verdict(believing, tokensWith({ bind }).for(exchangeOf()))).toBe(
        "authentication.token-type-rejected",
      );
    }
  });
});

describe("a signing key", () => {
  it("is taken from a PEM file for P-256 and from nothing else", async () => {
    const pem = (await makeKey("ES256", "k")).privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    expect(importSigningKey(pem, "t")?.kid).toBe(importSigningKey(pem, "t")?.kid);
    for (const alg of ["ES384", "RS256", "EdDSA"]) {
      const other = (await makeKey(alg, "k")).privateKey.export({ type: "pkcs8", format: "pem" }) as string;
      expect(importSigningKey(other, "t")).toBeUndefined();
    }
    const open = (await makeKey("ES256", "k")).publicKey.export({ type: "spki", format: "pem" }) as string;
    for (const text of ["", "x", open]) expect(importSigningKey(text, "t")).toBeUndefined();
  });

  it("shows its public half only", () => {
    expect(Object.keys(key.jwk).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  });
});
