// An issuer of tokens for tests: honest ones made by jose, and any others by hand.
import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { exportJWK, type JWK, SignJWT } from "jose";

export const ISSUER = "https://login.example.com/";
export const AUDIENCE = "https://api.example.com";

export interface TestKey {
  readonly kid: string;
  readonly alg: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly jwk: JWK;
}

const CURVES: Readonly<Record<string, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

export async function makeKey(alg: string, kid: string, bits = 2_048): Promise<TestKey> {
  const pair =
    alg === "EdDSA"
      ? generateKeyPairSync("ed25519")
      : alg.startsWith("ES")
        ? generateKeyPairSync("ec", { namedCurve: CURVES[alg] as string })
        : generateKeyPairSync("rsa", { modulusLength: bits });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid, alg, use: "sig" };
  return { kid, alg, publicKey: pair.publicKey, privateKey: pair.privateKey, jwk };
}

export type Claims = Record<string, unknown>;

export function claimsAt(seconds: number, changes: Claims = {}): Claims {
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: "user-1",
    client_id: "app-1",
    jti: "token-1",
    scope: "orders:read orders:write",
    iat: seconds - 10,
    exp: seconds + 300,
    ...changes,
  };
}

/** An honest token. Claims that are undefined are left out. */
export function issue(key: TestKey, claims: Claims, header: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, typ: "at+jwt", kid: key.kid, ...header })
    .sign(key.privateKey);
}

export function encode(text: string | Uint8Array): string {
  return Buffer.from(text).toString("base64url");
}

/** A token from exact texts, rightly signed whatever they say. */
export function forge(key: TestKey, header: string | Uint8Array, payload: string | Uint8Array): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${encode(signatureOf(key, signed))}`;
}

export function signatureOf(key: TestKey, signed: string): Buffer {
  const data = Buffer.from(signed);
  if (key.alg === "EdDSA") return sign(null, data, key.privateKey);
  const hash = `sha${key.alg.slice(2)}`;
  if (key.alg.startsWith("ES")) return sign(hash, data, { key: key.privateKey, dsaEncoding: "ieee-p1363" });
  if (key.alg.startsWith("RS")) return sign(hash, data, key.privateKey);
  return sign(hash, data, { key: key.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: -1 });
}

export function hmacToken(secret: string | Uint8Array, header: object, claims: Claims): string {
  const signed = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(claims))}`;
  return `${signed}.${encode(createHmac("sha256", secret).update(signed).digest())}`;
}

export function headerText(key: TestKey, changes: Record<string, unknown> = {}): string {
  return JSON.stringify({ alg: key.alg, typ: "at+jwt", kid: key.kid, ...changes });
}

/** The other signature of the same message that ECDSA accepts: (r, n−s). For ES256. */
export function twinOf(token: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const at = token.lastIndexOf(".");
  const signature = Buffer.from(token.slice(at + 1), "base64url");
  const s = order - BigInt(`0x${signature.subarray(32).toString("hex")}`);
  const other = Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, "0"), "hex")]);
  return `${token.slice(0, at)}.${encode(other)}`;
}
