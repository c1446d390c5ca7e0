// The JWK thumbprint (RFC 7638): the same key has the same name wherever and however it is written.
import { sha256Base64url } from "./digest.ts";

/** Required members by key type, in lexicographic order (RFC 7638 3.2, RFC 8037 2). */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ["crv", "kty", "x", "y"],
  OKP: ["crv", "kty", "x"],
  RSA: ["e", "kty", "n"],
  oct: ["k", "kty"],
};

/** The members that make the key and nothing beside them; undefined where one is missing or not a string. */
export function bareJwk(jwk: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> | undefined {
  const type = jwk["kty"];
  const names = typeof type === "string" && Object.hasOwn(MEMBERS, type) ? MEMBERS[type] : undefined;
  if (names === undefined) return undefined;
  const bare: Record<string, string> = {};
  for (const name of names) {
    const value = jwk[name];
    if (typeof value !== "string") return undefined;
    bare[name] = value;
  }
  return bare;
}

/** SHA-256 thumbprint in base64url, or undefined where a required member is missing or not a string. */
export function jwkThumbprint(jwk: Readonly<Record<string, unknown>>): string | undefined {
  const bare = bareJwk(jwk);
  // Its members are in their order by now (RFC 7638 3.3).
  return bare === undefined ? undefined : sha256Base64url(JSON.stringify(bare));
}
