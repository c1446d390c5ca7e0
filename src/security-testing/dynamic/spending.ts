// How large a limit is spent to its end, and how a summary says that one was larger.
import type { WrittenTestFile } from "./test-file/schema.ts";

export interface Bound {
  /** Larger limits are not spent. */
  readonly requests: number;
  /** Behind "it allows": names the setting, as what somebody wrote only where somebody did. */
  readonly exceeded: string;
}

export interface Spending {
  readonly limits: Bound;
  /** What the gate counts by address alone. */
  readonly addressLimits: Bound;
}

const LIMIT_REQUESTS = 300;
const ADDRESS_LIMIT_REQUESTS = 1_500;

export function spendingOf(budget: NonNullable<WrittenTestFile["budget"]>): Spending {
  return {
    limits: bound("limitRequests", budget.limitRequests, LIMIT_REQUESTS),
    addressLimits: bound("addressLimitRequests", budget.addressLimitRequests, ADDRESS_LIMIT_REQUESTS),
  };
}

function bound(name: string, written: number | undefined, usual: number): Bound {
  return written === undefined
    ? { requests: usual, exceeded: `more than ${usual} (budget.${name} has larger ones spent)` }
    : { requests: written, exceeded: `more than the ${written} of budget.${name}` };
}
