// The issuer of the benchmark: one RSA key, and a token for each of many subjects.
import { createSign, generateKeyPairSync, type KeyObject } from "node:crypto";

export const ISSUER = "https://login.benchmark.example/";
export const AUDIENCE = "https://api.benchmark.example";
const KEY_ID = "benchmark";
const LIFETIME_S = 6 * 3_600;

export interface Issuer {
  readonly jwks: string;
  readonly publicKeyPem: string;
  token(subject: string, scope: string): string;
}

/** RS256: what most issuers sign with, and the cheapest to verify, which favours those who verify each time. */
export function createIssuer(): Issuer {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: KEY_ID, alg: "RS256", use: "sig" };
  return {
    jwks: JSON.stringify({ keys: [jwk] }),
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }) as string,
    token: (subject, scope) => sign(privateKey, subject, scope),
  };
}

function sign(privateKey: KeyObject, subject: string, scope: string): string {
  const now = Math.floor(Date.now() / 1_000);
  const header = { alg: "RS256", typ: "at+jwt", kid: KEY_ID };
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: subject,
    client_id: "benchmark",
    scope,
    roles: ["customer"],
    iat: now,
    exp: now + LIFETIME_S,
    jti: `${subject}-${now}`,
  };
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(privateKey, "base64url")}`;
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
