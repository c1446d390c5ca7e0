// HalfSipHash-2-4 with 64 bits of output: a keyed hash of short texts, so that nobody can aim for collisions.

/** Where a hash stands after its first parts: what many hashes begin with is taken in once. */
export type HashMark = readonly [number, number, number, number];

/** Key of two 32-bit words, and the halves of the last hash: filled in place, so that hashing allocates nothing. */
export class HalfSipHash {
  readonly #key0: number;
  readonly #key1: number;
  #v0 = 0;
  #v1 = 0;
  #v2 = 0;
  #v3 = 0;
  low = 0;
  high = 0;

  constructor(key0: number, key1: number) {
    this.#key0 = key0 | 0;
    this.#key1 = key1 | 0;
  }

  begin(): void {
    this.#v0 = this.#key0;
    this.#v1 = this.#key1 ^ 0xee;
    this.#v2 = 0x6c796765 ^ this.#key0;
    this.#v3 = 0x74656462 ^ this.#key1;
  }

  /**
   * Takes in one text: its UTF-16 code units, two to a word, then its length with the odd unit where there is one. Each part
   * ends by saying how long it was, so that `ab`, `c` is not `a`, `bc`.
   */
  part(text: string): void {
    const { length } = text;
    for (let i = 1; i < length; i += 2) this.#word(text.charCodeAt(i - 1) | (text.charCodeAt(i) << 16));
    this.#word((length << 16) | (length & 1 ? text.charCodeAt(length - 1) : 0));
  }

  /** The hash of all parts since `begin` is in `low` and `high`. */
  end(): void {
    this.#v2 ^= 0xee;
    this.#word(0);
    this.#word(0);
    this.low = (this.#v1 ^ this.#v3) >>> 0;
    this.#v1 ^= 0xdd;
    this.#word(0);
    this.#word(0);
    this.high = (this.#v1 ^ this.#v3) >>> 0;
  }

  mark(): HashMark {
    return [this.#v0, this.#v1, this.#v2, this.#v3];
  }

  /** In the place of `begin` and the parts before the mark. */
  resume(mark: HashMark): void {
    [this.#v0, this.#v1, this.#v2, this.#v3] = mark;
  }

  /** Two rounds for each word. */
  #word(word: number): void {
    let v0 = this.#v0;
    let v1 = this.#v1;
    let v2 = this.#v2;
    let v3 = this.#v3 ^ word;
    for (let round = 0; round < 2; round += 1) {
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
    this.#v0 = v0 ^ word;
    this.#v1 = v1;
    this.#v2 = v2;
    this.#v3 = v3;
  }
}
