// Verifies JWS signatures (RFC 7518 3, RFC 8037 3.1, RFC 9864) with Node's own cryptography.
import { constants, createHmac, type KeyObject, verify } from "node:crypto";
import { equalInConstantTime } from "./constant-time.ts";

interface Algorithm {
  readonly type: "RSA" | "EC" | "OKP" | "oct";
  readonly curve?: string;
  readonly hash: string | null;
  readonly pss?: boolean;
  /** Length of the raw signature; RSA's is that of the modulus. */
  readonly signatureBytes?: number;
}

const TABLE = {
  RS256: { type: "RSA", hash: "sha256" },
  RS384: { type: "RSA", hash: "sha384" },
  RS512: { type: "RSA", hash: "sha512" },
  PS256: { type: "RSA", hash: "sha256", pss: true },
  PS384: { type: "RSA", hash: "sha384", pss: true },
  PS512: { type: "RSA", hash: "sha512", pss: true },
  ES256: { type: "EC", curve: "P-256", hash: "sha256", signatureBytes: 64 },
  ES384: { type: "EC", curve: "P-384", hash: "sha384", signatureBytes: 96 },
  ES512: { type: "EC", curve: "P-521", hash: "sha512", signatureBytes: 132 },
  EdDSA: { type: "OKP", curve: "Ed25519", hash: null, signatureBytes: 64 },
  Ed25519: { type: "OKP", curve: "Ed25519", hash: null, signatureBytes: 64 },
  HS256: { type: "oct", hash: "sha256", signatureBytes: 32 },
} as const satisfies Record<string, Algorithm>;

export type AlgorithmName = keyof typeof TABLE;

/** Every algorithm that can be verified with a public key. */
export const ASYMMETRIC_ALGORITHMS: readonly AlgorithmName[] = Object.freeze(
  (Object.keys(TABLE) as AlgorithmName[]).filter((name) => TABLE[name].type !== "oct"),
);

export function isAlgorithmName(name: string): name is AlgorithmName {
  return Object.hasOwn(TABLE, name);
}

/** What a key of that type and curve may verify. */
export function algorithmsFor(type: string, curve: string | undefined): AlgorithmName[] {
  return ASYMMETRIC_ALGORITHMS.filter((name) => {
    const algorithm: Algorithm = TABLE[name];
    return algorithm.type === type && algorithm.curve === curve;
  });
}

/** A key and what it may be used for. */
export interface VerificationKey {
  readonly kid: string | undefined;
  /** Thumbprint and permitted algorithms: what makes two of them the same. */
  readonly identity: string;
  readonly algorithms: readonly AlgorithmName[];
  readonly key: KeyObject;
  /** Whether verification takes so long (over 0.2 ms) that it must not hold up the event loop. */
  readonly slow: boolean;
}

/**
 * Whether the signature is that key's over those bytes. At once where it takes microseconds (RS256 24, ES256 60,
 * EdDSA 66 measured; a round by the thread pool adds 40 to each), by the thread pool where it takes a millisecond (ES512).
 */
export function verifySignature(
  key: VerificationKey,
  name: AlgorithmName,
  signed: Uint8Array,
  signature: Uint8Array,
): boolean | Promise<boolean> {
  if (!key.algorithms.includes(name)) return false;
  const algorithm: Algorithm = TABLE[name];
  // A DER-encoded ECDSA signature has another length than the raw one (RFC 7518 3.4).
  if (algorithm.signatureBytes !== undefined && signature.byteLength !== algorithm.signatureBytes) return false;
  if (algorithm.type === "oct") {
    const expected = createHmac(algorithm.hash as string, key.key)
      .update(signed)
      .digest();
    return equalInConstantTime(expected, signature);
  }
  const how = {
    key: key.key,
    ...(algorithm.type === "EC" && { dsaEncoding: "ieee-p1363" as const }),
    ...(algorithm.pss === true && {
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    }),
  };
  if (!key.slow) return verify(algorithm.hash, signed, how, signature);
  return new Promise((resolve, reject) => {
    verify(algorithm.hash, signed, how, signature, (error, valid) => {
      if (error === null) resolve(valid);
      else reject(error);
    });
  });
}
