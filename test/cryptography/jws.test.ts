// The JWS reader and the signature check by themselves: each holds without the authenticator around it.
import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { importPublicJwk } from "../../src/cryptography/jwk.ts";
import { readCompactJws, TOKEN_BYTES_MAX } from "../../src/cryptography/jws.ts";
import { importSecret } from "../../src/cryptography/secret.ts";
import { type AlgorithmName, verifySignature } from "../../src/cryptography/signature.ts";

const encode = (text: string): string => Buffer.from(text).toString("base64url");

describe("reading", () => {
  it("gives the parts, and the bytes that were signed", () => {
    const token = `${encode('{"alg":"x"}')}.${encode('{"a":1}')}.${encode("sig")}`;
    const jws = readCompactJws(token);
    if (typeof jws === "string") throw new Error(jws);
    expect(jws.header["alg"]).toBe("x");
    expect(jws.payload["a"]).toBe(1);
    expect(jws.signature.toString()).toBe("sig");
    expect(jws.signed.toString()).toBe(token.slice(0, token.lastIndexOf(".")));
  });

  it("has a size, exactly", () => {
    const around = `${encode("{}")}..${encode("s")}`.length;
    const sized = (length: number): string => `${encode("{}")}.${"A".repeat(length - around)}.${encode("s")}`;
    expect(readCompactJws(sized(TOKEN_BYTES_MAX))).not.toBe("too-large");
    expect(readCompactJws(sized(TOKEN_BYTES_MAX + 1))).toBe("too-large");
  });

  it("says what is wrong", () => {
    expect(readCompactJws("")).toBe("not-compact");
    expect(readCompactJws("a.b")).toBe("not-compact");
    expect(readCompactJws("a.b.c.d")).toBe("not-compact");
    expect(readCompactJws(`${encode("{}")}.${encode("{}")}.s*`)).toBe("encoding");
    expect(readCompactJws(`${encode("[]")}.${encode("{}")}.AA`)).toBe("header");
    expect(readCompactJws(`${encode("{}")}.${encode("[]")}.AA`)).toBe("payload");
  });
});

describe("verifying", () => {
  const data = Buffer.from("signed");

  it("uses a key for its own algorithms only", () => {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const jwk = pair.publicKey.export({ format: "jwk" });
    const key = importPublicJwk({ ...jwk, alg: "PS256" });
    const open = importPublicJwk(jwk);
    if (typeof key === "string" || typeof open === "string") throw new Error("no key");
    const signature = sign("sha256", data, pair.privateKey);
    expect(verifySignature(open, "RS256", data, signature)).toBe(true);
    expect(verifySignature(key, "RS256", data, signature)).toBe(false);
    for (const name of ["HS256", "ES256", "EdDSA"] as AlgorithmName[]) {
      expect(verifySignature(open, name, data, signature)).toBe(false);
    }
  });

  it("takes a secret for HS256 only, and only the whole digest", () => {
    const key = importSecret(Buffer.alloc(32, 1));
    if (key === undefined) throw new Error("no key");
    expect(verifySignature(key, "RS256", data, Buffer.alloc(256))).toBe(false);
    expect(verifySignature(key, "HS256", data, Buffer.alloc(32))).toBe(false);
    expect(verifySignature(key, "HS256", data, Buffer.alloc(0))).toBe(false);
    expect(importSecret(Buffer.alloc(31))).toBeUndefined();
  });
});
