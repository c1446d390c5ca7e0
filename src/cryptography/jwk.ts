// Takes in one public JWK (RFC 7517, 7518 6, 8037 2) for verifying, or says why not.
import { createPublicKey, type KeyObject } from "node:crypto";
import { algorithmsFor, isAlgorithmName, type AlgorithmName, type VerificationKey } from "./signature.ts";
import { jwkThumbprint } from "./thumbprint.ts";

/** RFC 7518 3.3 demands 2048 bits; above 8192 a verification is slow enough to be an attack. */
const RSA_BITS_MIN = 2_048;
const RSA_BITS_MAX = 8_192;
/** Measured: RSA up to 4096 bits and P-256 stay below 0.1 ms. */
const RSA_BITS_FAST_MAX = 4_096;
/** Private members of every key type (RFC 7518 6.2.2, 6.3.2, 6.4). */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
const KID_LENGTH_MAX = 256;
const PRINTABLE = /^[\x20-\x7e]+$/;

export type JwkFault =
  | "not-a-key"
  | "not-for-signatures"
  | "unsupported"
  | "symmetric"
  | "private"
  | "kid-invalid"
  | "rsa-weak"
  | "rsa-oversized"
  | "invalid";

/** Whether it can name a key: printable and of bounded length (J09). */
export function isKid(value: unknown): value is string {
  return typeof value === "string" && value.length <= KID_LENGTH_MAX && PRINTABLE.test(value);
}

/** Whether a key of this type holds more than its public half; whoever sends one has given it away. */
export function hasPrivateMember(members: Readonly<Record<string, unknown>>): boolean {
  return PRIVATE_MEMBERS.some((name) => members[name] !== undefined);
}

/** A key for verifying, or why this entry is not one. `not-for-signatures` and `unsupported` are honest entries of a set. */
export function importPublicJwk(jwk: unknown): VerificationKey | JwkFault {
  if (typeof jwk !== "object" || jwk === null || Array.isArray(jwk)) return "not-a-key";
  const members = jwk as Readonly<Record<string, unknown>>;
  const type = members["kty"];
  if (typeof type !== "string") return "not-a-key";
  if (type === "oct") return "symmetric";
  if (hasPrivateMember(members)) return "private";
  const use = members["use"];
  const operations = members["key_ops"];
  if (use !== undefined && use !== "sig") return "not-for-signatures";
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))) {
    return "not-for-signatures";
  }
  const kid = members["kid"];
  if (kid !== undefined && !isKid(kid)) return "kid-invalid";
  const algorithms = permitted(type, members["crv"], members["alg"]);
  if (algorithms.length === 0) return "unsupported";
  const thumbprint = jwkThumbprint(members);
  if (thumbprint === undefined) return "invalid";
  let key: KeyObject;
  try {
    key = createPublicKey({ key: members, format: "jwk" });
  } catch {
    return "invalid";
  }
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined) {
    const exponent = key.asymmetricKeyDetails?.publicExponent ?? 0n;
    if (bits < RSA_BITS_MIN || exponent < 3n || exponent % 2n === 0n) return "rsa-weak";
    if (bits > RSA_BITS_MAX || exponent > 0xffff_ffffn) return "rsa-oversized";
  }
  const slow = bits === undefined ? members["crv"] === "P-384" || members["crv"] === "P-521" : bits > RSA_BITS_FAST_MAX;
  return Object.freeze({ kid, identity: `${thumbprint} ${algorithms.join(" ")}`, algorithms, key, slow });
}

/** A key that names its algorithm is used with that one only (RFC 8725 3.1). */
function permitted(type: string, curve: unknown, named: unknown): readonly AlgorithmName[] {
  const fitting = algorithmsFor(type, typeof curve === "string" ? curve : undefined);
  if (named === undefined) return fitting;
  if (typeof named !== "string" || !isAlgorithmName(named)) return [];
  // Both names of one thing (RFC 9864 4.1.2).
  if (named === "EdDSA" || named === "Ed25519") return fitting;
  return fitting.includes(named) ? [named] : [];
}
