// What a limit is: a budget, whose requests it counts together, and from when on it slows down instead of letting pass.
import type { LimitKey } from "./limit-key.ts";

export interface RateLimit {
  readonly limit: number;
  readonly windowMs: number;
  readonly key: LimitKey;
  readonly slowdown?: Slowdown | undefined;
}

/** Throttling: what exceeds `after` waits longer from one request to the next, until the limit refuses. */
export interface Slowdown {
  /** How many pass at once. */
  readonly after: number;
  /** The first beyond it waits this long, the second twice as long, … */
  readonly delayMs: number;
  /** … and none longer than this. */
  readonly delayMaxMs: number;
}

/** How long a request waits that is the `used`th in its window. */
export function delayOf({ after, delayMs, delayMaxMs }: Slowdown, used: number): number {
  return used <= after ? 0 : Math.min((used - after) * delayMs, delayMaxMs);
}
