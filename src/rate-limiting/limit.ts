// What a limit is: a budget, and whose requests it counts together.
import type { Exchange } from "../core/exchange.ts";
import { addressKey } from "../http/addresses.ts";
import type { Budget } from "./counter.ts";

export type LimitKey = "address" | "subject" | "client";

export interface RateLimit extends Budget {
  readonly key: LimitKey;
  /** What counts where the key has no value, as for anonymous callers. Without it those are not counted by this limit. */
  readonly fallback?: "address" | undefined;
}

/**
 * Names the budget of this exchange, or undefined where the limit does not count it. `scope` is the limit's own name:
 * an operation's limit counts by the operation, so that no spelling of a path is another budget (L02). A subject counts
 * with its issuer and without its token: a new token is no new budget (L03).
 */
export function budgetKey(scope: string, limit: RateLimit, exchange: Exchange): string | undefined {
  const { principal } = exchange;
  if (limit.key === "subject" && principal.subject !== undefined) {
    return `${scope}\ns\n${principal.issuer ?? ""} ${principal.subject}`;
  }
  if (limit.key !== "address" && principal.client !== undefined) {
    return `${scope}\nc\n${principal.issuer ?? ""} ${principal.client}`;
  }
  if (limit.key === "address" || limit.fallback === "address") {
    return `${scope}\na\n${addressKey(exchange.request.clientAddress)}`;
  }
  return undefined;
}
