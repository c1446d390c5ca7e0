// Slows down one address that tries many accounts: each of them sees a try or two only (P12, CWE-307).
import type { Clock } from "../../core/clock.ts";
import { addressKey } from "../../http/addresses.ts";
import { type BudgetCounter, type CounterState, memoryCounter } from "../../rate-limiting/index.ts";

/** Failures of one address over all accounts: an office behind one address mistypes less. */
const FAILURES_MAX = 30;
const WINDOW_MS = 900_000;

export class SprayGuard {
  readonly #failures: BudgetCounter;

  constructor(clock: Clock) {
    const budget = { limit: FAILURES_MAX, windowMs: WINDOW_MS, keys: "addresses" } as const;
    this.#failures = memoryCounter({ clock, keysMax: 100_000 }).budget("identity sign-in", budget);
  }

  /** Seconds until this address may try again, or 0. */
  waitSeconds(address: string): number {
    const state = this.#failures.peek([addressKey(address)]) as CounterState;
    return state.allowed ? 0 : Math.max(1, Math.ceil(state.resetMs / 1_000));
  }

  failed(address: string): void {
    void this.#failures.take([addressKey(address)]);
  }
}
