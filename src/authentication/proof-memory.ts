// The port to which DPoP proofs were used, and its memory of one process: a proof opens one request (RFC 9449 11.1).

/** `full`: nobody can tell any more, so that it must not be accepted. */
export type ProofUse = "new" | "used" | "full";

export interface UsedProof {
  /** Key and `jti` in a few characters: two clients may choose the same `jti`. */
  readonly id: string;
  /** Whose it is: one caller must not take the room of all others. */
  readonly owner: string;
  /** When it says that it was made, in wall-clock milliseconds. */
  readonly madeMs: number;
  /** From when on it is too old anyway. */
  readonly untilMs: number;
}

/** Answers at once, and counts as used what it calls new: of any number at once one is new. */
export interface ProofMemory {
  use(proof: UsedProof, nowMs: number): ProofUse;
}

/** About 70 bytes each. */
const PROOFS_MAX = 1_000_000;
/** What was made within one such time is forgotten together. */
const SLICE_MS = 30_000;
/**
 * Nobody may hold more than this part of what is free. Alone a caller gets a ninth of the whole, about 900 requests a second; a
 * hundred callers must do so together before there is nothing left for whoever comes next.
 */
const SHARE = 1 / 8;

interface Slice {
  readonly index: number;
  untilMs: number;
  readonly seen: Set<string>;
  readonly owners: Map<string, number>;
}

export class MemoryProofs implements ProofMemory {
  readonly #proofsMax: number;
  readonly #slices: Slice[] = [];
  readonly #held = new Map<string, number>();
  #size = 0;
  /** What was made before is forgotten. Nobody can say whether it was used, should the clock go back or more age be allowed. */
  #forgotten = 0;

  constructor(proofsMax = PROOFS_MAX) {
    this.#proofsMax = proofsMax;
  }

  get size(): number {
    return this.#size;
  }

  use({ id, owner, madeMs, untilMs }: UsedProof, nowMs: number): ProofUse {
    this.#forget(nowMs);
    const index = Math.floor(madeMs / SLICE_MS);
    if (index < this.#forgotten) return "used";
    let own: Slice | undefined;
    for (const slice of this.#slices) {
      if (slice.seen.has(id)) return "used";
      if (slice.index === index) own = slice;
    }
    const held = this.#held.get(owner) ?? 0;
    if (held >= (this.#proofsMax - this.#size) * SHARE) return "full";
    if (own === undefined) this.#slices.push((own = { index, untilMs, seen: new Set(), owners: new Map() }));
    own.untilMs = Math.max(own.untilMs, untilMs);
    own.seen.add(id);
    own.owners.set(owner, (own.owners.get(owner) ?? 0) + 1);
    this.#held.set(owner, held + 1);
    this.#size += 1;
    return "new";
  }

  #forget(nowMs: number): void {
    for (let i = this.#slices.length - 1; i >= 0; i -= 1) {
      const slice = this.#slices[i] as Slice;
      if (slice.untilMs > nowMs) continue;
      this.#slices.splice(i, 1);
      this.#size -= slice.seen.size;
      this.#forgotten = Math.max(this.#forgotten, slice.index + 1);
      for (const [owner, count] of slice.owners) {
        const rest = (this.#held.get(owner) ?? 0) - count;
        if (rest > 0) this.#held.set(owner, rest);
        else this.#held.delete(owner);
      }
    }
  }
}
