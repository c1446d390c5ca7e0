// Ids of events: ULIDs (26 characters of Crockford's base 32: 48 bits of time, 80 of chance), each greater than the one before.
import { randomBytes } from "node:crypto";

const ALPHABET = Buffer.from("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
/** What follows each character when one is added: the last one begins anew and carries. */
const NEXT = new Uint8Array(256);
for (let i = 0; i < 32; i += 1) NEXT[ALPHABET[i] as number] = ALPHABET[(i + 1) % 32] as number;

const TIME_CHARACTERS = 10;
export const ULID_CHARACTERS = 26;
const ZERO = ALPHABET[0] as number;

export class Ulids {
  readonly #bytes = Buffer.alloc(ULID_CHARACTERS);
  #timeMs = -1;

  /** Chance is drawn once: from then on it counts up, so that ids of a process never repeat and cost next to nothing. */
  constructor(random: Uint8Array = randomBytes(ULID_CHARACTERS - TIME_CHARACTERS)) {
    for (let i = TIME_CHARACTERS; i < ULID_CHARACTERS; i += 1) {
      this.#bytes[i] = ALPHABET[(random[i - TIME_CHARACTERS] as number) & 31] as number;
    }
    // Room to count: the first of these characters begins in the lower half.
    this.#bytes[TIME_CHARACTERS] = ALPHABET[(random[0] as number) & 15] as number;
  }

  /** The next id. Its bytes are good until the one after it. A clock that goes back is not followed. */
  next(nowMs: number): Buffer {
    if (nowMs > this.#timeMs) this.#writeTime(Math.floor(nowMs));
    const bytes = this.#bytes;
    for (let at = ULID_CHARACTERS - 1; at >= TIME_CHARACTERS; at -= 1) {
      const next = NEXT[bytes[at] as number] as number;
      bytes[at] = next;
      if (next !== ZERO) break;
    }
    return bytes;
  }

  #writeTime(timeMs: number): void {
    this.#timeMs = timeMs;
    let rest = timeMs;
    for (let at = TIME_CHARACTERS - 1; at >= 0; at -= 1) {
      const quotient = Math.floor(rest / 32);
      this.#bytes[at] = ALPHABET[rest - quotient * 32] as number;
      rest = quotient;
    }
  }
}
