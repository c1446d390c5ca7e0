// Numbers that look random and are the same in each run with the same seed, and for each unit of it.
import { hash } from "node:crypto";

export class SeededRandom {
  readonly #seed: string;
  #state = 0;

  constructor(seed: string) {
    this.#seed = seed;
    this.begin("");
  }

  /** From here on it is what `unit` gets, whatever was asked for before: a run that goes on does as one that never stopped. */
  begin(unit: string): void {
    this.#state = Buffer.from(hash("sha256", `${this.#seed}\n${unit}`, "hex").slice(0, 8), "hex").readUInt32BE();
  }

  /** At least 0, below 1: mulberry32, which is enough for values and no secret. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
