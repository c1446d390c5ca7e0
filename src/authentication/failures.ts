// Which of several failed credentials is told of.
import type { Denial } from "../core/outcome.ts";
import { REASONS } from "../core/reasons/registry.ts";
import { type Authenticated, isDenial } from "./authenticator.ts";

/** "Cannot tell" before "no", or an outage would look like a bad token; "not of this issuer" last: it says the least. */
export function worstOf(results: readonly Authenticated[]): Denial | undefined {
  let worst: Denial | undefined;
  for (const result of results) {
    if (result !== undefined && isDenial(result)) worst = worseOf(worst, result);
  }
  return worst;
}

export function worseOf(one: Denial | undefined, other: Denial): Denial {
  return one === undefined || rank(other) > rank(one) ? other : one;
}

/** Whether nobody could judge it. */
export function isOutage({ reason }: Denial): boolean {
  return REASONS[reason].status === 503;
}

function rank(denial: Denial): number {
  if (denial.reason === "authentication.issuer-rejected") return 0;
  return isOutage(denial) ? 2 : 1;
}
