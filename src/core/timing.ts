// How long each guard took, for exchanges whose trace is sampled. Others have none of it, and pay one comparison for each guard.
import type { Clock } from "./clock.ts";

export interface GuardTime {
  readonly guard: string;
  /** Monotonic. */
  readonly startedMs: number;
  readonly durationMs: number;
}

export class GuardTiming {
  readonly times: GuardTime[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.monotonicMs();
  }

  ended(guard: string, startedMs: number): void {
    this.times.push({ guard, startedMs, durationMs: this.#clock.monotonicMs() - startedMs });
  }
}
