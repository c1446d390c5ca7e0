// The public keys of a client that signs in place of sending a secret (RFC 7523, FAPI 2.0 5.4): which are taken, and why not.
import { importPublicJwk, type JwkFault } from "../../cryptography/jwk.ts";

/** As it stands in the configuration: never fetched from where a client says (T20). */
export type ClientKey = Readonly<Record<string, unknown>>;

/** FAPI 2.0 5.4.1. RSA by the older padding is not among them. */
export const ASSERTION_ALGORITHMS = ["ES256", "PS256", "EdDSA", "Ed25519"] as const;

const FAULTS: Readonly<Record<JwkFault, string>> = {
  "not-a-key": "it is no JWK",
  "not-for-signatures": "it is not for signatures",
  unsupported: `it is for none of ${ASSERTION_ALGORITHMS.join(", ")}`,
  symmetric: "it is a shared secret",
  private: "it is a private key, which only the client may have: make another pair",
  "kid-invalid": "its kid is no short printable text",
  "rsa-weak": "RSA needs 2048 bits",
  "rsa-oversized": "RSA has 8192 bits at most",
  invalid: "it is not a valid key",
};

/** Why they cannot be all that a client signs with, in a few words. */
export function clientKeysFault(keys: readonly ClientKey[]): string | undefined {
  const fault = keys.map(clientKeyFault).find((one) => one !== undefined);
  if (fault !== undefined) return fault;
  const isToldApart = new Set(keys.map(({ kid }) => kid)).size === keys.length;
  return isToldApart ? undefined : "each needs a kid of its own";
}

/** Why it cannot be a client's, in a few words. */
export function clientKeyFault(jwk: unknown): string | undefined {
  const key = importPublicJwk(jwk);
  if (typeof key === "string") return FAULTS[key];
  const isUsable = key.algorithms.some((name) => (ASSERTION_ALGORITHMS as readonly string[]).includes(name));
  return isUsable ? undefined : FAULTS.unsupported;
}
