// Slows down one address that tries many accounts: each of them sees a try or two only (P12, CWE-307).
import type { Clock } from "../../core/clock.ts";
import { addressKey } from "../../http/addresses.ts";
import { type BudgetCounter, type CounterState, memoryCounter } from "../../rate-limiting/index.ts";

/** Failures of one address over all accounts: an office behind one address mistypes less. */
const FAILURES_MAX = 30;
const WINDOW_MS = 900_000;

export class SprayGuard {
  readonly #failures: BudgetCounter;
  /** Tries under way: each may fail yet, so each has its place from the beginning. */
  readonly #underWay = new Map<string, number>();

  constructor(clock: Clock) {
    const budget = { limit: FAILURES_MAX, windowMs: WINDOW_MS, keys: "addresses" } as const;
    this.#failures = memoryCounter({ clock, keysMax: 100_000 }).budget("identity sign-in", budget);
  }

  /** What came of the try, or the seconds until this address may try again. Of any number at once no more fail than one after another. */
  async attempt<Outcome>(
    address: string,
    tried: () => Promise<Outcome>,
    isFailure: (outcome: Outcome) => boolean,
  ): Promise<Outcome | number> {
    const who = addressKey(address);
    const underWay = this.#underWay.get(who) ?? 0;
    const state = this.#failures.peek([who]) as CounterState;
    if (state.remaining <= underWay) return Math.max(1, Math.ceil(state.resetMs / 1_000));
    this.#underWay.set(who, underWay + 1);
    try {
      const outcome = await tried();
      if (isFailure(outcome)) void this.#failures.take([who]);
      return outcome;
    } finally {
      const left = (this.#underWay.get(who) as number) - 1;
      if (left === 0) this.#underWay.delete(who);
      else this.#underWay.set(who, left);
    }
  }
}
