// The port to counters: where requests are counted, in memory here, in a shared store elsewhere.

/** A budget: never more than `limit` in any `windowMs`. */
export interface Budget {
  readonly limit: number;
  readonly windowMs: number;
}

export interface CounterState {
  readonly allowed: boolean;
  /** What is left of the budget now. */
  readonly remaining: number;
  /** Milliseconds until the oldest counted request leaves the window: until the next one passes where none is left. */
  readonly resetMs: number;
}

/**
 * Counts by key. A key names its budget and whose it is; one key is always used with one budget.
 * Answers at once, or by a promise that rejects when the store is away.
 */
export interface Counter {
  /** Counts one request unless the budget is used up. A refused one is not counted. */
  take(key: string, budget: Budget): CounterState | Promise<CounterState>;
  /** What `take` would say, without counting. */
  peek(key: string, budget: Budget): CounterState | Promise<CounterState>;
}
