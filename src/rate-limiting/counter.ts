// The port to counters: where requests are counted, in memory here, in a shared store elsewhere.

/** Never more than `limit` in any `windowMs`. */
export interface Budget {
  readonly limit: number;
  readonly windowMs: number;
  /**
   * Whose keys it has: `addresses` cost a stranger nothing to come by, `callers` were proven. Where room is bounded, strangers
   * must not take that of callers.
   */
  readonly keys: "addresses" | "callers";
}

export interface CounterState {
  readonly allowed: boolean;
  /** What is left of the budget now. */
  readonly remaining: number;
  /** Milliseconds until more of it is there: until the oldest counted request leaves the window. */
  readonly resetMs: number;
}

/**
 * Whose budget, in parts that stay apart: `["s", "https://issuer", "ann"]`. The last one is the most telling. The list belongs
 * to whoever asks and is filled anew for the next request: a counter reads it before it returns.
 */
export type CounterKey = readonly string[];

/** One budget's counts. Answers at once, or by a promise that rejects when the store is away. */
export interface BudgetCounter {
  /** Counts one request unless the budget is used up. A refused one is not counted. */
  take(key: CounterKey): CounterState | Promise<CounterState>;
  /** What `take` would say, without counting. */
  peek(key: CounterKey): CounterState | Promise<CounterState>;
}

/**
 * Keeps counts by budget and key. A budget is known by its scope, which is the same after a reload and on every machine: its
 * counts go on there.
 */
export interface Counter {
  budget(scope: string, budget: Budget): BudgetCounter;
}
