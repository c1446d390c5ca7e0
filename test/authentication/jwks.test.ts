// A key set: what may verify, what is dropped, and what spoils the whole set.
import { generateKeyPairSync, generateKeySync } from "node:crypto";
import { beforeAll, expect, it } from "vitest";
import { readJwks } from "../../src/authentication/jwks.ts";
import { makeKey, type TestKey } from "./issuer.ts";

let rsa: TestKey;
let ec: TestKey;

beforeAll(async () => {
  rsa = await makeKey("RS256", "rsa");
  ec = await makeKey("ES256", "ec");
});

function read(...keys: unknown[]): { kids: (string | undefined)[]; faults: string[] } {
  const set = readJwks({ keys: [...keys, ec.jwk] });
  if (typeof set === "string") throw new Error(set);
  return { kids: set.keys.map((key) => key.kid), faults: set.dropped.map(({ index, fault }) => `${index} ${fault}`) };
}

it("keeps keys for signatures, and passes over what a set may also hold", async () => {
  expect(read(rsa.jwk)).toEqual({ kids: ["rsa", "ec"], faults: [] });
  const encryption = { ...rsa.jwk, use: "enc", alg: "RSA-OAEP" };
  const { use: _use, ...operations } = { ...rsa.jwk, key_ops: ["encrypt"] };
  const unknown = [
    encryption,
    operations,
    { kty: "AKP", alg: "ML-DSA-44", pub: "AA" },
    { ...ec.jwk, crv: "secp256k1" },
  ];
  expect(read(...unknown)).toEqual({ kids: ["ec"], faults: [] });
});

it("drops secrets, private keys, weak and oversized RSA keys, points off the curve", async () => {
  const secret = generateKeySync("hmac", { length: 256 }).export({ format: "jwk" });
  expect(read({ ...secret, kid: "s", alg: "HS256" }).faults).toEqual(["0 symmetric"]);
  expect(read({ ...rsa.privateKey.export({ format: "jwk" }), kid: "p" }).faults).toEqual(["0 private"]);
  expect(read({ ...ec.privateKey.export({ format: "jwk" }), kid: "p" }).faults).toEqual(["0 private"]);
  const weak = generateKeyPairSync("rsa", { modulusLength: 1_024 }).publicKey.export({ format: "jwk" });
  expect(read({ ...weak, kid: "w" }).faults).toEqual(["0 rsa-weak"]);
  const almost = generateKeyPairSync("rsa", { modulusLength: 2_040 }).publicKey.export({ format: "jwk" });
  expect(read({ ...almost, kid: "w" }).faults).toEqual(["0 rsa-weak"]);
  expect(read({ ...rsa.jwk, e: "AQ" }).faults).toEqual(["0 rsa-weak"]); // exponent 1: every signature is the message
  expect(read({ ...rsa.jwk, n: Buffer.alloc(2_048, 0xff).toString("base64url") }).faults).toEqual(["0 rsa-oversized"]);
  expect(read({ ...ec.jwk, kid: "o", y: ec.jwk.x }).faults).toEqual(["0 invalid"]);
});

it("drops entries that are no keys, and ids that cannot be one", () => {
  expect(read(null, "x", [], {}, { kty: 5 }).faults).toEqual([0, 1, 2, 3, 4].map((index) => `${index} not-a-key`));
  expect(read({ ...rsa.jwk, kid: 5 }, { ...rsa.jwk, kid: "a\n" }, { ...rsa.jwk, kid: "x".repeat(257) }).faults).toEqual(
    ["0 kid-invalid", "1 kid-invalid", "2 kid-invalid"],
  );
  expect(read({ ...rsa.jwk, n: 5 }, { ...rsa.jwk, n: undefined }, { ...rsa.jwk, n: "" }).kids).toEqual(["ec"]);
});

it("trusts neither of two different keys with one id; the same key twice is one", async () => {
  const other = await makeKey("RS256", "rsa");
  expect(read(rsa.jwk, other.jwk)).toEqual({ kids: ["ec"], faults: ["0 kid-duplicate", "1 kid-duplicate"] });
  expect(read(rsa.jwk, rsa.jwk)).toEqual({ kids: ["rsa", "ec"], faults: [] });
  // One id for two algorithms is unambiguous.
  expect(read({ ...ec.jwk, kid: "rsa" }, rsa.jwk).faults).toEqual([]);
});

it("refuses a set that is none, has no usable key, or is far too large", () => {
  for (const value of [null, [], {}, { keys: {} }, { keys: [] }, { keys: [{ ...rsa.jwk, use: "enc" }] }, "x", 5]) {
    expect(typeof readJwks(value)).toBe("string");
  }
  const many = (count: number) => readJwks({ keys: Array.from({ length: count }, () => rsa.jwk) });
  expect(typeof many(101)).toBe("string");
  expect(typeof many(100)).toBe("object");
});
