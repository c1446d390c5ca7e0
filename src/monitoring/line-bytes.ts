// A line in the making, as bytes in memory that is used again: text that would only be turned into bytes is never made.
import { quoted } from "./escaping.ts";

const BYTES_START = 16 * 1024;
const UTF8_BYTES_PER_CHARACTER_MAX = 3;
const DIGITS_MAX = 16;
/** Up to here a number is divided as an integer; larger ones are rare. */
const SMALL_MAX = 0x7fffffff;
/** Texts up to here are judged and written in one loop. */
const SHORT_CHARACTERS_MAX = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** A whole number from 0, whatever came: `NaN` would break the line. */
export function integerText(value: number): string {
  return value > 0 && value < Number.MAX_SAFE_INTEGER ? String(Math.trunc(value)) : "0";
}

export class LineBytes {
  bytes = Buffer.allocUnsafeSlow(BYTES_START);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  /** What was made before, and stands in many lines. */
  piece(piece: Uint8Array): void {
    this.#room(piece.length);
    this.bytes.set(piece, this.length);
    this.length += piece.length;
  }

  text(text: string): void {
    if (text === "") return;
    this.#room(text.length * UTF8_BYTES_PER_CHARACTER_MAX);
    this.length += this.bytes.write(text, this.length);
  }

  /** A text that others chose, as a JSON string. */
  quoted(text: string, charactersMax: number): void {
    if (text.length > SHORT_CHARACTERS_MAX || text.length > charactersMax || !this.#plain(text)) {
      this.text(quoted(text, charactersMax));
    }
  }

  /** The inside of such a string, where other text stands around it. */
  quotedInside(text: string, charactersMax: number): void {
    const start = this.length;
    this.quoted(text, charactersMax);
    // Without its first quote; the last one is not counted.
    this.bytes.copyWithin(start, start + 1, this.length - 1);
    this.length -= 2;
  }

  /** `integerText` */
  integer(value: number): void {
    if (!(value >= 0 && value <= SMALL_MAX)) {
      this.text(integerText(value));
      return;
    }
    this.#room(DIGITS_MAX);
    let rest = value | 0;
    let digits = 1;
    for (let bound = 10; bound <= rest; bound *= 10) digits += 1;
    for (let at = this.length + digits - 1; at >= this.length; at -= 1) {
      const next = (rest / 10) | 0;
      this.bytes[at] = 0x30 + rest - next * 10;
      rest = next;
    }
    this.length += digits;
  }

  toString(): string {
    return this.bytes.toString("utf8", 0, this.length);
  }

  /** Writes a text that needs no escaping, between quotes; false, and nothing is written, where it is another one. */
  #plain(text: string): boolean {
    this.#room(text.length + 2);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = QUOTE;
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) return false;
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.length = at;
    return true;
  }

  #room(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(needed * 2);
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
