// API keys from the attacker's side: every way in which one can be wrong has the same answer, and none of them is a way in.
import { describe, expect, it } from "vitest";
import { type ApiKey, apiKeyAuthenticator } from "../../src/authentication/api-key-authenticator.ts";
import { authenticationGuard } from "../../src/authentication/authentication-guard.ts";
import { apiKeyId, hashOf, makeApiKey } from "../../src/authentication/api-key-text.ts";
import type { Credential } from "../../src/core/exchange.ts";
import { ProblemsError } from "../../src/openapi/located.ts";
import { masked } from "../../src/monitoring/masking.ts";
import { FakeTime } from "./fake-time.ts";
import { claimsAt, issue, makeKey } from "./issuer.ts";
import { authenticatorOf, denied, keysOf, verdict } from "./judging.ts";
import { bearer, request } from "./requests.ts";

const time = new FakeTime();
const REJECTED = "authentication.api-key-rejected";
const made = makeApiKey();
const ended = makeApiKey();
const revoked = makeApiKey();

const kept = (from: { id: string; hash: string }, more: Partial<ApiKey> = {}): ApiKey => ({
  id: from.id,
  hash: from.hash,
  name: "billing",
  scopes: ["orders:read"],
  roles: ["support"],
  expiresAtMs: undefined,
  isRevoked: false,
  ...more,
});

const keys = [
  kept(made),
  kept(ended, { expiresAtMs: time.wallMs + 1_000 }),
  kept(revoked, { isRevoked: true, expiresAtMs: time.wallMs + 1e6 }),
];
const header = { in: "header", name: "X-API-Key" } as const;
const gate = apiKeyAuthenticator({ scheme: "key", carrier: header, keys, clock: time });
const with_ = (text: string, name = "X-API-Key") => request([name, text]);

describe("the text of a key", () => {
  it("has a prefix, an id, 256 random bits and a checksum", () => {
    expect(made.text).toMatch(/^pck_[0-9A-Za-z]{10}_[0-9A-Za-z]{49}$/);
    expect(apiKeyId(made.text)).toBe(made.id);
    expect(new Set(Array.from({ length: 200 }, () => makeApiKey().text.slice(15, 58))).size).toBe(200);
    expect(made.hash).toBe(hashOf(made.text));
    expect(made.hash).not.toContain(made.text.slice(15));
  });

  it("is known for none where a single character is another: typing mistakes never come as far as a look-up", () => {
    for (let i = 0; i < made.text.length; i += 1) {
      const other = made.text[i] === "x" ? "y" : "x";
      expect(apiKeyId(made.text.slice(0, i) + other + made.text.slice(i + 1))).toBeUndefined();
    }
    for (const text of [
      "",
      "pck_",
      made.text.slice(0, -1),
      `${made.text}x`,
      ` ${made.text}`,
      made.text.toUpperCase(),
    ]) {
      expect(apiKeyId(text)).toBeUndefined();
    }
  });

  it("is masked wherever it comes into a record by mistake", () => {
    expect(masked(`GET /orders with ${made.text} failed`)).not.toContain(made.text.slice(15));
  });
});

describe("an authenticator for API keys", () => {
  it("proves who uses the key, with its scopes and roles", async () => {
    const result = await gate.authenticate(with_(made.text));
    expect(result).toMatchObject({
      scheme: "key",
      principal: { kind: "client", method: "api-key", client: made.id, subject: undefined, roles: ["support"] },
    });
    const { principal } = result as Credential;
    expect([...principal.scopes]).toEqual(["orders:read"]);
    expect(principal.claims["name"]).toBe("billing");
    expect(() => (principal.scopes as Set<string>).add("admin")).toThrow(TypeError);
    expect(Object.isFrozen(principal)).toBe(true);
  });

  it("takes the field's name in any letter case", async () => {
    for (const name of ["x-api-key", "X-API-KEY"]) expect(await verdict(gate, with_(made.text, name))).toBe("accepted");
  });

  it("J30 unknown, wrong, malformed, expired and revoked keys have one and the same answer", async () => {
    const stranger = makeApiKey();
    const swapped = forged(made.id);
    time.jump(1_000);
    const said = new Map<string, string>();
    for (const [what, text] of Object.entries({
      unknown: stranger.text,
      "of another secret": swapped,
      malformed: "abc",
      "cut off": made.text.slice(0, -1),
      expired: ended.text,
      revoked: revoked.text,
      empty: "",
    })) {
      const { internal, ...answer } = await denied(gate, with_(text));
      said.set(what, JSON.stringify(answer));
      expect(answer.reason).toBe(REJECTED);
      expect(internal ?? "").not.toContain(text === "" ? "pck_" : text);
    }
    expect(new Set(said.values()).size).toBe(1);
    expect([...said.values()][0]).toContain('ApiKey realm=\\"key\\", in=\\"header\\", name=\\"X-API-Key\\", error=');
    expect(await denied(gate, with_(revoked.text))).toMatchObject({ internal: `key ${revoked.id} is revoked` });
  });

  it("refuses a key from the very millisecond at which it ends", async () => {
    const clock = new FakeTime();
    const one = apiKeyAuthenticator({
      scheme: "key",
      carrier: header,
      keys: [kept(made, { expiresAtMs: clock.wallMs + 500 })],
      clock,
    });
    clock.jump(499);
    expect(await verdict(one, with_(made.text))).toBe("accepted");
    clock.jump(1);
    expect(await verdict(one, with_(made.text))).toBe(REJECTED);
  });

  it("J26 refuses a field that came twice, whatever it holds", async () => {
    for (const second of [made.text, "", "other"]) {
      expect(await verdict(gate, request(["X-API-Key", made.text, "x-api-key", second]))).toBe(REJECTED);
    }
  });

  it("J25 takes no key from query, cookie or another field", async () => {
    const { text } = made;
    const shapes = [
      request(["Cookie", `X-API-Key=${text}; apiKey=${text}`]),
      request([], `/orders?X-API-Key=${text}&api_key=${text}`),
      request(["X_API_Key", text]),
      request(["X-API-Key2", text]),
      request(["Authorization", `Bearer ${text}`]),
      request(["Authorization", `ApiKey ${text}`]),
    ];
    for (const exchange of shapes) expect(await verdict(gate, exchange)).toBe("absent");
  });

  it("takes it as Bearer where the scheme is http bearer, and answers so", async () => {
    const asBearer = apiKeyAuthenticator({
      scheme: "token",
      carrier: { in: "authorization", scheme: "bearer" },
      keys,
      clock: time,
    });
    expect(await verdict(asBearer, request(["authorization", `bearer ${made.text}`]))).toBe("accepted");
    expect(await verdict(asBearer, with_(made.text))).toBe("absent");
    const { lines } = await denied(asBearer, request(["Authorization", "Bearer eyJhbGciOiJub25lIn0.e30."]));
    expect(lines?.[1]).toBe(
      'Bearer realm="token", error="invalid_token", error_description="The API key is not accepted."',
    );
  });

  it("stands beside tokens of an issuer as an alternative, both as Bearer", async () => {
    const signing = await makeKey("ES256", "k1");
    const oauth = authenticatorOf(await keysOf(signing), time);
    const key = apiKeyAuthenticator({
      scheme: "key",
      carrier: { in: "authorization", scheme: "bearer" },
      keys,
      clock: time,
    });
    const guard = authenticationGuard({
      alternatives: [[{ scheme: "oauth", scopes: ["orders:read"] }], [{ scheme: "key", scopes: ["orders:read"] }]],
      authenticators: new Map([
        ["oauth", oauth],
        ["key", key],
      ]),
      mode: "enforce",
    });
    const said = async (credential: string) => {
      const exchange = bearer(credential);
      const outcome = await guard.check(exchange);
      return outcome.kind === "deny" ? outcome.reason : exchange.principal.method;
    };
    expect(await said(await issue(signing, claimsAt(time.seconds)))).toBe("bearer");
    expect(await said(made.text)).toBe("api-key");
    for (const wrong of ["abc", makeApiKey().text, revoked.text, `${made.text}x`]) {
      expect(await said(wrong)).toMatch(/^authentication\.(token-malformed|api-key-rejected)$/);
    }
  });

  it("compares nothing but whole keys: neither a prefix nor the hash itself opens", async () => {
    for (const text of [made.hash, made.id, made.text.slice(0, 15), made.hash.slice(7)]) {
      expect(await verdict(gate, with_(text))).toBe(REJECTED);
    }
  });

  it("stops the start where two keys have one id, or where keys would travel in addresses", () => {
    const make = (more: object) => () =>
      apiKeyAuthenticator({ scheme: "k", carrier: header, keys, clock: time, ...more });
    expect(make({ keys: [kept(made), kept(made)] })).toThrow(ProblemsError);
    for (const carrier of [
      { in: "query", name: "key" },
      { in: "cookie", name: "key" },
      { in: "authorization", scheme: "basic" },
    ])
      expect(make({ carrier })).toThrow(ProblemsError);
  });
});

/** A well-formed text under a known id, with a secret of the attacker's. */
function forged(id: string): string {
  for (;;) {
    // The checksum is no secret: whoever reads the source can make it. It is found here by the same function.
    const { text } = makeApiKey();
    const start = `pck_${id}_${text.slice(15, 58)}`;
    const found = checksummed(start);
    if (apiKeyId(found) === id) return found;
  }
}

function checksummed(start: string): string {
  const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  let rest = crc(start);
  let text = "";
  while (text.length < 6) {
    text = (alphabet[rest % 62] as string) + text;
    rest = Math.floor(rest / 62);
  }
  return start + text;
}

/** CRC-32 as everybody has it, bit by bit. */
function crc(text: string): number {
  let value = ~0;
  for (const byte of Buffer.from(text)) {
    value ^= byte;
    for (let i = 0; i < 8; i += 1) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return ~value >>> 0;
}
