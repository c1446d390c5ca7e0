// How much a run may ask for: requests in all, time in all, and how fast.
import { setTimeout as sleep } from "node:timers/promises";

/** Nothing more may be sent: what is left of the run is not tested. */
export class BudgetSpent extends Error {
  constructor(what: string) {
    super(`the run's budget is spent: ${what}`);
  }
}

/** The other side asked for a pause that is longer than a test waits: what would be asked meanwhile is not tested. */
export class HeldBack extends Error {
  /** `why`: who refused, and what helps, where that is known. */
  constructor(ms: number, why?: string) {
    super(
      `the other side asks to be left alone for ${Math.ceil(ms / 1000)} seconds${why === undefined ? "" : `: ${why}`}`,
    );
  }
}

/** Longer pauses are kept by asking nothing at all. */
const PAUSE_MS_MAX = 60_000;

export interface BudgetLimits {
  readonly requests: number;
  readonly durationMs: number;
  /** Undefined: as fast as answers come. */
  readonly perSecond: number | undefined;
}

export class Budget {
  readonly #limits: BudgetLimits;
  readonly #signal: AbortSignal;
  #endsAtMs: number;
  #left: number;
  /** When the next request may go. */
  #nextAtMs = 0;
  /** Until when none may. */
  #heldUntilMs = 0;
  #heldWhy: string | undefined;

  /** `sent`: by the run before that this one goes on with. */
  constructor(limits: BudgetLimits, signal: AbortSignal, sent = 0) {
    this.#limits = limits;
    this.#signal = signal;
    this.#left = Math.max(0, limits.requests - sent);
    this.#endsAtMs = performance.now() + limits.durationMs;
  }

  get sent(): number {
    return this.#limits.requests - this.#left;
  }

  /** Waits for the turn of so many requests. Throws BudgetSpent, and HeldBack. */
  async take(count = 1): Promise<void> {
    this.#signal.throwIfAborted();
    const { requests, durationMs, perSecond } = this.#limits;
    if (this.#left < count) throw new BudgetSpent(`${requests} requests`);
    const nowMs = performance.now();
    if (nowMs < this.#heldUntilMs) throw new HeldBack(this.#heldUntilMs - nowMs, this.#heldWhy);
    const atMs = Math.max(nowMs, this.#nextAtMs);
    if (atMs >= this.#endsAtMs) throw new BudgetSpent(`${Math.round(durationMs / 1000)} seconds`);
    this.#left -= count;
    if (perSecond !== undefined) this.#nextAtMs = atMs + (1000 / perSecond) * count;
    if (atMs > nowMs) await sleep(atMs - nowMs, undefined, { signal: this.#signal });
  }

  /** Nothing is sent before that: the other side asked for it. */
  hold(ms: number, why?: string): void {
    const untilMs = performance.now() + ms;
    if (ms <= PAUSE_MS_MAX) this.#nextAtMs = Math.max(this.#nextAtMs, untilMs);
    else if (untilMs > this.#heldUntilMs) {
      this.#heldUntilMs = untilMs;
      this.#heldWhy = why;
    }
  }
}
