// Wall-clock time as RFC 3339 text. The part down to the second is made once a second, not once an event.

export class Timestamps {
  #second = Number.NaN;
  #prefix = "";

  /** `2026-11-24T04:05:06.789Z` */
  text(timeMs: number): string {
    const whole = Math.floor(timeMs);
    const second = Math.floor(whole / 1000);
    if (second !== this.#second) {
      this.#prefix = new Date(second * 1000).toISOString().slice(0, 20);
      this.#second = second;
    }
    const milliseconds = whole - second * 1000;
    if (milliseconds < 10) return `${this.#prefix}00${milliseconds}Z`;
    if (milliseconds < 100) return `${this.#prefix}0${milliseconds}Z`;
    return `${this.#prefix}${milliseconds}Z`;
  }
}
