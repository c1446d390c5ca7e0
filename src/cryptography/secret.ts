// A shared secret for HS256 (RFC 7518 3.2): never shorter than the digest.
import { createSecretKey } from "node:crypto";
import type { VerificationKey } from "./signature.ts";

/** RFC 7518 3.2: a key of the same size as the hash output, or larger. */
export const SECRET_BYTES_MIN = 32;

/** A key that verifies HS256 and nothing else, or undefined where the secret is too short. */
export function importSecret(secret: Uint8Array): VerificationKey | undefined {
  if (secret.byteLength < SECRET_BYTES_MIN) return undefined;
  return Object.freeze({
    kid: undefined,
    identity: "secret HS256",
    algorithms: ["HS256"] as const,
    key: createSecretKey(secret),
    slow: false,
  });
}
