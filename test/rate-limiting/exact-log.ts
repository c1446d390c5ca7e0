// The reference that counters are proven against: every time that was counted, looked at whole. Slow, and plainly right.
import type { Budget, CounterState } from "../../src/rate-limiting/counter.ts";

/** Never more than `limit` in any window: a request passes when fewer than `limit` passed since `windowMs` ago. */
export class ExactLog {
  readonly #budget: Pick<Budget, "limit" | "windowMs">;
  readonly passed: number[] = [];

  constructor(budget: Pick<Budget, "limit" | "windowMs">) {
    this.#budget = budget;
  }

  /** How many of those that passed lie in the window that ends now, or did so up to `lateMs` ago. */
  inWindow(nowMs: number, lateMs = 0): number {
    return this.passed.filter((at) => at > nowMs - this.#budget.windowMs - lateMs).length;
  }

  state(nowMs: number): CounterState {
    const { limit, windowMs } = this.#budget;
    const inside = this.passed.filter((at) => at > nowMs - windowMs);
    const allowed = inside.length < limit;
    const leaving = inside[allowed ? 0 : inside.length - limit];
    return {
      allowed,
      remaining: limit - inside.length,
      resetMs: leaving === undefined ? 0 : leaving + windowMs - nowMs,
    };
  }
}
