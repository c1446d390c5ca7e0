// HalfSipHash-2-4 with 64 bits of output: a keyed hash of short texts, so that nobody can aim for collisions.

/** Key of two 32-bit words, and the halves of the last hash: filled in place, so that hashing allocates nothing. */
export class HalfSipHash {
  readonly #key0: number;
  readonly #key1: number;
  low = 0;
  high = 0;

  constructor(key0: number, key1: number) {
    this.#key0 = key0 | 0;
    this.#key1 = key1 | 0;
  }

  /** Hashes the UTF-16 code units of `text`, two to a word, and its length; the result is in `low` and `high`. */
  hash(text: string): void {
    let v0 = this.#key0;
    let v1 = this.#key1 ^ 0xee;
    let v2 = 0x6c796765 ^ this.#key0;
    let v3 = 0x74656462 ^ this.#key1;
    const { length } = text;
    const words = (length >> 1) + 1;
    // The last word carries the length, and the odd code unit where there is one. Six more words' worth of rounds finish.
    for (let i = 0; i < words + 4; i += 1) {
      let rounds = 2;
      let word = 0;
      if (i < words - 1) {
        word = text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 16);
      } else if (i === words - 1) {
        word = (length << 16) | (length & 1 ? text.charCodeAt(length - 1) : 0);
      } else if (i === words) {
        v2 ^= 0xee;
      } else if (i === words + 2) {
        this.low = (v1 ^ v3) >>> 0;
        v1 ^= 0xdd;
      }
      v3 ^= word;
      for (; rounds > 0; rounds -= 1) {
        v0 = (v0 + v1) | 0;
        v1 = (v1 << 5) | (v1 >>> 27);
        v1 ^= v0;
        v0 = (v0 << 16) | (v0 >>> 16);
        v2 = (v2 + v3) | 0;
        v3 = (v3 << 8) | (v3 >>> 24);
        v3 ^= v2;
        v0 = (v0 + v3) | 0;
        v3 = (v3 << 7) | (v3 >>> 25);
        v3 ^= v0;
        v2 = (v2 + v1) | 0;
        v1 = (v1 << 13) | (v1 >>> 19);
        v1 ^= v2;
        v2 = (v2 << 16) | (v2 >>> 16);
      }
      v0 ^= word;
    }
    this.high = (v1 ^ v3) >>> 0;
  }
}
