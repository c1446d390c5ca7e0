// ATTACKS.md J14 to J17, J24: how a token is written. Two readers must never see two tokens in one text.
import { compactVerify, jwtVerify } from "jose";
import * as fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { TokenCache } from "../../src/authentication/token-cache.ts";
import { TOKEN_BYTES_MAX } from "../../src/cryptography/jws.ts";
import { FakeTime } from "./fake-time.ts";
import { type Claims, claimsAt, forge, headerText, issue, makeKey, type TestKey, twinOf } from "./issuer.ts";
import { accepted, authenticatorOf, keysOf, verdict } from "./judging.ts";
import type { Authenticator } from "../../src/authentication/authenticator.ts";

const MALFORMED = "authentication.token-malformed";
const time = new FakeTime();
let rsa: TestKey;
let ec: TestKey;
let gate: Authenticator;
const claims = (changes: Claims = {}): string => JSON.stringify(claimsAt(time.seconds, changes));
const plainJose = (token: string) => jwtVerify(token, rsa.publicKey, { currentDate: new Date(time.wallMs) });

beforeAll(async () => {
  rsa = await makeKey("RS256", "rsa");
  ec = await makeKey("ES256", "ec");
  gate = authenticatorOf(await keysOf(rsa, ec), time);
});

/** The same JSON text with more members in front. */
function withMembers(text: string, members: string): string {
  return `{${members},${text.slice(1)}`;
}

it("J14 a duplicate member in the header", async () => {
  for (const members of ['"alg":"none"', '"kid":"other"', '"typ":"JWT"', '"\\u0061lg":"none"']) {
    const token = forge(rsa, withMembers(headerText(rsa), members), claims());
    await expect(plainJose(token)).resolves.toBeDefined();
    expect(await verdict(gate, token)).toBe(MALFORMED);
  }
});

it("J15 a duplicate member in the payload, at any depth", async () => {
  for (const members of ['"sub":"admin"', '"exp":1', '"a":{"b":[{"c":1,"c":1}]}', '"\\u0073ub":"admin"']) {
    const token = forge(rsa, headerText(rsa), withMembers(claims(), members));
    await expect(plainJose(token)).resolves.toBeDefined();
    expect(await verdict(gate, token)).toBe(MALFORMED);
  }
  expect(await verdict(gate, forge(rsa, headerText(rsa), withMembers(claims(), '"a":{"b":[{"c":1,"d":1}]}')))).toBe(
    "accepted",
  );
});

it("J16 a __proto__ member is harmless, also where claims are copied", async () => {
  const text = withMembers(claims(), '"__proto__":{"admin":true},"deep":{"__proto__":{"admin":true},"constructor":1}');
  const copied = Object.assign({}, (await plainJose(forge(rsa, headerText(rsa), text))).payload) as Claims;
  expect(copied["admin"]).toBe(true); // what copying does to jose's claims
  const { principal } = await accepted(gate, forge(rsa, headerText(rsa), text));
  expect(Object.getPrototypeOf(principal.claims)).toBeNull();
  expect((Object.assign({}, principal.claims) as Claims)["admin"]).toBeUndefined();
  const deep = principal.claims["deep"] as object;
  expect(Object.getPrototypeOf(deep)).toBeNull();
  expect((Object.assign({}, deep) as Claims)["admin"]).toBeUndefined();
  expect(({} as Claims)["admin"]).toBeUndefined();
  expect(await verdict(gate, forge(rsa, withMembers(headerText(rsa), '"__proto__":{"crit":1}'), claims()))).toBe(
    "accepted",
  );
});

it("J16 invalid UTF-8, a byte order mark, half a surrogate pair", async () => {
  const bytes = (text: string, insert: number[]): Buffer => {
    const at = text.indexOf("user-1");
    return Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.from(insert), Buffer.from(text.slice(at))]);
  };
  for (const insert of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82], [0x00]]) {
    expect(await verdict(gate, forge(rsa, headerText(rsa), bytes(claims(), insert)))).toBe(MALFORMED);
  }
  expect(await verdict(gate, forge(rsa, headerText(rsa), bytes(claims(), [0xc3, 0xa9])))).toBe("accepted");
  expect(await verdict(gate, forge(rsa, headerText(rsa), claims({ sub: "\ud800" })))).toBe(MALFORMED);
  expect(await verdict(gate, forge(rsa, headerText(rsa), claims({ sub: "\ud83d\ude00" })))).toBe("accepted");
  const marked = forge(rsa, headerText(rsa), `\ufeff${claims()}`);
  await expect(plainJose(marked)).resolves.toBeDefined();
  expect(await verdict(gate, marked)).toBe(MALFORMED);
  expect(await verdict(gate, forge(rsa, `\ufeff${headerText(rsa)}`, claims()))).toBe(MALFORMED);
});

it("J16 what is no strict JSON object", async () => {
  for (const text of ["", "null", "[]", '"x"', "1", "{", "{}{}", "{'a':1}", "{a:1}", '{"a":01}', '{"a":1,}', "{,}"]) {
    expect(await verdict(gate, forge(rsa, headerText(rsa), text))).toBe(MALFORMED);
    expect(await verdict(gate, forge(rsa, text, claims()))).toBe(MALFORMED);
  }
});

it("J17 padding, line breaks, spaces, another alphabet", async () => {
  const token = await issue(rsa, claimsAt(time.seconds));
  const parts = token.split(".");
  for (let i = 0; i < 3; i += 1) {
    for (const change of [
      (part: string) => `${part}=`,
      (part: string) => `${part}==`,
      (part: string) => `${part.slice(0, 8)}\n${part.slice(8)}`,
      (part: string) => `${part.slice(0, 8)} ${part.slice(8)}`,
      (part: string) => `${part} `,
      (part: string) => `\t${part}`,
      (part: string) => `${part.slice(0, 8)}*${part.slice(8)}`,
      (part: string) => `${part.slice(0, 8)}\u00e9${part.slice(8)}`,
    ]) {
      const changed = parts.map((part, index) => (index === i ? change(part) : part)).join(".");
      expect(await verdict(gate, changed)).toMatch(/^authentication\.(token|credentials)-malformed$/);
    }
  }
  // The standard alphabet where base64url has - and _: Node's decoder takes both.
  const slashed = token.replaceAll("_", "/").replaceAll("-", "+");
  expect(slashed).not.toBe(token);
  expect(await verdict(gate, slashed)).toBe(MALFORMED);
  expect(await verdict(gate, token)).toBe("accepted");
});

it("J17 trailing bits that are not zero", async () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const token = await issue(ec, claimsAt(time.seconds)); // 64 bytes: 86 characters, four bits to spare
  const last = alphabet.indexOf(token.at(-1) as string);
  expect(last % 16).toBe(0);
  for (let bits = 1; bits < 16; bits += 1) {
    const twin = token.slice(0, -1) + alphabet[last + bits];
    await expect(compactVerify(twin, ec.publicKey)).resolves.toBeDefined(); // jose: the same token in 16 spellings
    expect(await verdict(gate, twin)).toBe(MALFORMED);
  }
});

it("J17 the twin ES256 signature never makes a second key of the cache", async () => {
  const honest = forge(ec, headerText(ec), claims());
  const twins = [honest, twinOf(honest)];
  const cache = new TokenCache();
  const authenticator = authenticatorOf(await keysOf(ec), time, { cache });
  for (const token of [...twins, ...twins, ...twins]) {
    // Both are signatures by the key: honest signers make either. They are one token.
    expect((await accepted(authenticator, token)).principal.tokenId).toBe("token-1");
    expect(cache.size).toBe(1);
  }
});

it("J24 over 8 KB is refused before any cryptography, and at 8 KB it is not", async () => {
  const sized = (length: number): string => {
    // Base64 grows by four thirds: find the filling that makes exactly that length.
    for (let fill = Math.floor((length * 3) / 4) - 1_000; ; fill += 1) {
      const token = forge(ec, headerText(ec), claims({ fill: "x".repeat(fill) }));
      if (token.length >= length) return token;
    }
  };
  let looked = 0;
  const keys = await keysOf(ec);
  const counting = {
    ...passing(keys),
    find: (...args: Parameters<typeof keys.find>) => ((looked += 1), keys.find(...args)),
  };
  const authenticator = authenticatorOf(counting, time);
  const fits = sized(TOKEN_BYTES_MAX - 1);
  expect(fits.length).toBeLessThanOrEqual(TOKEN_BYTES_MAX);
  expect(await verdict(authenticator, fits)).toBe("accepted");
  expect(looked).toBe(1);
  expect(await verdict(authenticator, sized(TOKEN_BYTES_MAX + 1))).toBe("authentication.token-too-large");
  expect(await verdict(authenticator, forge(ec, headerText(ec), claims({ fill: "x".repeat(1_000_000) })))).toBe(
    "authentication.token-too-large",
  );
  expect(looked).toBe(1);
});

it("J24 deep nesting is refused before any cryptography", async () => {
  let looked = 0;
  const keys = await keysOf(ec);
  const counting = {
    ...passing(keys),
    find: (...args: Parameters<typeof keys.find>) => ((looked += 1), keys.find(...args)),
  };
  const authenticator = authenticatorOf(counting, time);
  const nested = (depth: number): string => withMembers(claims(), `"a":${"[".repeat(depth)}${"]".repeat(depth)}`);
  expect(await verdict(authenticator, forge(ec, headerText(ec), nested(15)))).toBe("accepted");
  expect(looked).toBe(1);
  for (const depth of [16, 100, 2_500]) {
    expect(await verdict(authenticator, forge(ec, headerText(ec), nested(depth)))).toBe(MALFORMED);
  }
  expect(await verdict(authenticator, forge(ec, headerText(ec), nested(5_000)))).toBe("authentication.token-too-large");
  expect(looked).toBe(1);
});

it("refuses a valid token with any byte changed, whatever jose would say of it", async () => {
  for (const key of [rsa, ec]) {
    const token = await issue(key, claimsAt(time.seconds));
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.integer({ min: 0x21, max: 0x7e }), async (at, code) => {
        const character = String.fromCharCode(code);
        fc.pre(token[at] !== character);
        expect(await verdict(gate, token.slice(0, at) + character + token.slice(at + 1))).not.toBe("accepted");
      }),
      { numRuns: 400 },
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.nat(20), async (at, count) => {
        fc.pre(count > 0);
        expect(await verdict(gate, token.slice(0, at) + token.slice(at + count))).not.toBe("accepted");
      }),
      { numRuns: 100 },
    );
    expect(await verdict(gate, token)).toBe("accepted");
  }
});

/** A key source's methods, so that one can be replaced. */
function passing(keys: Awaited<ReturnType<typeof keysOf>>) {
  return {
    name: keys.name,
    algorithms: keys.algorithms,
    needsKid: keys.needsKid,
    ready: () => keys.ready(),
    state: () => keys.state(),
    usableUntilMs: () => keys.usableUntilMs(),
    retryAfterSeconds: () => keys.retryAfterSeconds(),
    close: () => keys.close(),
  };
}
