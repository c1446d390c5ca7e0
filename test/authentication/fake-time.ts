// A clock and timers that move only when a test says so.
import type { Clock } from "../../src/core/clock.ts";
import type { Schedule } from "../../src/authentication/remote-keys.ts";

export class FakeTime implements Clock {
  wallMs = Date.UTC(2030, 0, 1);
  #monotonicMs = 1_000;
  #timers: { atMs: number; callback: () => void }[] = [];

  nowMs(): number {
    return this.wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  get seconds(): number {
    return Math.floor(this.wallMs / 1_000);
  }

  readonly schedule: Schedule = (afterMs, callback) => {
    const timer = { atMs: this.#monotonicMs + afterMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  get timers(): number {
    return this.#timers.length;
  }

  /** Moves on and runs what is due, in order. */
  pass(ms: number): void {
    const endMs = this.#monotonicMs + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.wallMs += due.atMs - this.#monotonicMs;
      this.#monotonicMs = due.atMs;
      due.callback();
    }
    this.wallMs += endMs - this.#monotonicMs;
    this.#monotonicMs = endMs;
  }

  /** Moves on without any timer coming: a machine that slept, or a loop that was held up. */
  jump(ms: number): void {
    this.wallMs += ms;
    this.#monotonicMs += ms;
  }
}
