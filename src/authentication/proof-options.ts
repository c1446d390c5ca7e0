// The options of DPoP proofs, checked and completed once, before any request.
import type { AlgorithmName } from "../cryptography/signature.ts";
import { brokenOption } from "./broken-option.ts";
import { originOfAddress } from "./proof-address.ts";
import { MemoryProofs, type ProofMemory } from "./proof-memory.ts";
import type { ProofNonces } from "./proof-nonces.ts";

/** `accept`: tokens that are bound to a key with their proof, others as Bearer. `require`: bound ones only. `off`: none that is bound. */
export type DpopMode = "accept" | "require" | "off";

export interface DpopOptions {
  readonly mode?: DpopMode | undefined;
  /** How old a proof may be by its `iat`. */
  readonly maxAgeMs?: number | undefined;
  /** Demanded in every proof where given. */
  readonly nonces?: ProofNonces | undefined;
  /** Which proofs were used. It outlives a policy. */
  readonly memory?: ProofMemory | undefined;
  /** Where clients reach this API, beside what their requests say. */
  readonly publicUrl?: string | undefined;
}

export interface ProofRules {
  readonly isRequired: boolean;
  readonly maxAgeMs: number;
  readonly nonces: ProofNonces | undefined;
  readonly memory: ProofMemory;
  readonly publicOrigin: string | undefined;
}

/** A public key in each proof: one that a client can make at once, and that is verified at once. Never a shared secret (RFC 9449 4.2). */
export const PROOF_ALGORITHMS: readonly AlgorithmName[] = ["ES256", "ES384", "EdDSA", "Ed25519", "PS256", "RS256"];

/** A proof is made for one request, right before it; clients on phones come late. */
const MAX_AGE_MS = 60_000;
/** Whoever takes much older ones must remember all that came meanwhile. */
const MAX_AGE_MS_MAX = 600_000;

/** Undefined where bound tokens are not accepted at all. */
export function proofRules(options: DpopOptions): ProofRules | undefined {
  const { mode = "accept", maxAgeMs = MAX_AGE_MS, nonces, memory = new MemoryProofs() } = options;
  if (mode === "off") return undefined;
  if (!(maxAgeMs >= 1_000 && maxAgeMs <= MAX_AGE_MS_MAX)) {
    const most = `1 to ${MAX_AGE_MS_MAX / 1_000} seconds`;
    throw brokenOption(
      "authentication.proof-age-invalid",
      `a proof may be ${most} old`,
      "Leave `maxAge` out: a minute.",
    );
  }
  const publicOrigin = options.publicUrl === undefined ? undefined : originOfAddress(options.publicUrl);
  return { isRequired: mode === "require", maxAgeMs, nonces, memory, publicOrigin };
}
