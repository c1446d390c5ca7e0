// Wall-clock time as RFC 3339 text. The part down to the second is made once a second, not once an event.

import type { LineBytes } from "./line-bytes.ts";

export class Timestamps {
  #second = Number.NaN;
  #prefix = "";
  #prefixBytes = Buffer.alloc(0);

  /** `2026-11-24T04:05:06.789Z` */
  text(timeMs: number): string {
    const milliseconds = this.#enter(timeMs);
    return `${this.#prefix}${String(milliseconds).padStart(3, "0")}Z`;
  }

  /** The same into a line. */
  write(timeMs: number, line: LineBytes): void {
    const milliseconds = this.#enter(timeMs);
    line.piece(this.#prefixBytes);
    if (milliseconds < 100) line.text(milliseconds < 10 ? "00" : "0");
    line.integer(milliseconds);
    line.text("Z");
  }

  #enter(timeMs: number): number {
    const whole = Math.floor(timeMs);
    const second = Math.floor(whole / 1000);
    if (second !== this.#second) {
      this.#prefix = new Date(second * 1000).toISOString().slice(0, 20);
      this.#prefixBytes = Buffer.from(this.#prefix);
      this.#second = second;
    }
    return whole - second * 1000;
  }
}
