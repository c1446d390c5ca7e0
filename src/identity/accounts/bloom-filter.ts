// A set that says "no" for certain and "yes" almost so, in a few bits an entry (Bloom 1970).
import { createHash } from "node:crypto";

/** In front of the bits: how many there are for each entry's hashes. */
const HEAD_BYTES = 1;

export class BloomFilter {
  readonly bytes: Uint8Array;
  readonly #hashes: number;
  readonly #bits: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#hashes = bytes[0] ?? 0;
    this.#bits = (bytes.length - HEAD_BYTES) * 8;
    if (this.#hashes < 1 || this.#bits < 8) throw new RangeError("not a Bloom filter");
  }

  /** An empty one. False positives are about 0.62 to the power of `bitsPerEntry`. */
  static sized(entries: number, bitsPerEntry: number): BloomFilter {
    const bytes = new Uint8Array(HEAD_BYTES + Math.ceil((entries * bitsPerEntry) / 8));
    bytes[0] = Math.round(bitsPerEntry * Math.LN2);
    return new BloomFilter(bytes);
  }

  add(text: string): void {
    for (const bit of this.#places(text)) this.bytes[HEAD_BYTES + (bit >>> 3)]! |= 1 << (bit & 7);
  }

  has(text: string): boolean {
    for (const bit of this.#places(text))
      if ((this.bytes[HEAD_BYTES + (bit >>> 3)]! & (1 << (bit & 7))) === 0) return false;
    return true;
  }

  /** Two hashes make all of them (Kirsch and Mitzenmacher 2006). */
  *#places(text: string): Generator<number> {
    const digest = createHash("sha256").update(text).digest();
    const first = digest.readUInt32BE(0);
    const second = digest.readUInt32BE(4) | 1;
    for (let i = 0; i < this.#hashes; i += 1) yield (first + i * second) % this.#bits;
  }
}
