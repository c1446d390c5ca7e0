// The small things that everything rests on.
import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { decodeBase64url } from "../../src/cryptography/base64url.ts";
import { equalInConstantTime } from "../../src/cryptography/constant-time.ts";
import { sha256Base64url, sha256Key } from "../../src/cryptography/digest.ts";
import { randomId } from "../../src/cryptography/random.ts";
import { jwkThumbprint } from "../../src/cryptography/thumbprint.ts";

it("base64url: one text for one value", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      const text = Buffer.from(bytes).toString("base64url");
      expect(decodeBase64url(text)).toEqual(Buffer.from(bytes));
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."A Q g w Z z - _ 0 9 = + / \n".split(" "), " ") }), (text) => {
      const bytes = decodeBase64url(text);
      expect(bytes === undefined || bytes.toString("base64url") === text).toBe(true);
    }),
  );
  for (const text of ["A", "AB", "AAA=", "AA==", "A A", "AA\n", "A+", "A/", "AAAAA", "\u0100\u0100"]) {
    expect(decodeBase64url(text)).toBeUndefined();
  }
  expect(decodeBase64url("")).toHaveLength(0);
});

it("digests name what they are of", () => {
  const hex = createHash("sha256").update("abc").digest("hex");
  expect(Buffer.from(sha256Base64url("abc"), "base64url").toString("hex")).toBe(hex);
  expect(Buffer.from(sha256Key("abc"), "latin1").toString("hex")).toBe(hex);
  expect(sha256Key("abc")).toHaveLength(32);
});

it("compares whole values", () => {
  const a = Buffer.from("secret");
  expect(equalInConstantTime(a, Buffer.from("secret"))).toBe(true);
  for (const other of ["Secret", "secreT", "secre", "secrets", ""]) {
    expect(equalInConstantTime(a, Buffer.from(other))).toBe(false);
  }
});

it("random ids do not repeat", () => {
  expect(new Set(Array.from({ length: 1_000 }, () => randomId())).size).toBe(1_000);
  expect(randomId(16)).toMatch(/^[\w-]{22}$/);
});

it("the thumbprint of RFC 7638 3.1, and of RFC 8037 A.3", () => {
  const n =
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
  expect(jwkThumbprint({ kty: "RSA", n, e: "AQAB", alg: "RS256", kid: "2011-04-29" })).toBe(
    "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
  );
  const x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
  expect(jwkThumbprint({ crv: "Ed25519", kty: "OKP", x })).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  for (const jwk of [{}, { kty: "RSA", e: "AQAB" }, { kty: "constructor" }, { kty: "EC", crv: 5, x: "", y: "" }]) {
    expect(jwkThumbprint(jwk)).toBeUndefined();
  }
});
