// Reads a JWK Set (RFC 7517 5): keeps what can verify signatures, drops what must not, and says what it dropped.
import { importPublicJwk, type JwkFault } from "../cryptography/jwk.ts";
import type { VerificationKey } from "../cryptography/signature.ts";

/** Real sets hold two to ten keys. */
const KEYS_MAX = 100;

export interface DroppedKey {
  /** Place in the set, from 0. */
  readonly index: number;
  readonly fault: JwkFault | "kid-duplicate";
}

export interface KeySet {
  readonly keys: readonly VerificationKey[];
  /** Keys that should not stand in such a set. Encryption keys and unknown kinds are not named: RFC 7517 5 has them ignored. */
  readonly dropped: readonly DroppedKey[];
}

/** The usable keys, or a sentence about what is wrong with the whole set. */
export function readJwks(value: unknown): KeySet | string {
  const list = typeof value === "object" && value !== null ? (value as { keys?: unknown }).keys : undefined;
  if (!Array.isArray(list)) return "this is not a JWK Set: it has no list `keys`";
  if (list.length > KEYS_MAX) return `this JWK Set has more than ${KEYS_MAX} keys`;
  const found: { index: number; key: VerificationKey }[] = [];
  const dropped: DroppedKey[] = [];
  for (const [index, entry] of (list as unknown[]).entries()) {
    const key = importPublicJwk(entry);
    if (typeof key !== "string") found.push({ index, key });
    else if (key !== "unsupported" && key !== "not-for-signatures") dropped.push({ index, fault: key });
  }
  const keys: VerificationKey[] = [];
  for (const { index, key } of found) {
    if (found.some((other) => other.index !== index && contradict(key, other.key))) {
      dropped.push({ index, fault: "kid-duplicate" });
    } else if (!keys.some((kept) => kept.kid === key.kid && kept.identity === key.identity)) {
      keys.push(key);
    }
  }
  if (keys.length === 0) return "this JWK Set has no key that could verify an access token";
  return { keys, dropped };
}

/** Two different keys with one id and a common algorithm: which one is meant, only the attacker knows. */
function contradict(a: VerificationKey, b: VerificationKey): boolean {
  if (a.kid === undefined || a.kid !== b.kid) return false;
  if (thumbprint(a) === thumbprint(b)) return false;
  return a.algorithms.some((name) => b.algorithms.includes(name));
}

function thumbprint(key: VerificationKey): string {
  return key.identity.slice(0, key.identity.indexOf(" "));
}
