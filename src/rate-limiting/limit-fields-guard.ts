// Tells clients where they stand: RateLimit and RateLimit-Policy of draft-ietf-httpapi-ratelimit-headers-11.
import type { LimitState } from "../core/exchange.ts";
import type { ResponseGuard } from "../core/guard.ts";
import { CONTINUE } from "../core/outcome.ts";

/**
 * One item per limit that counted this request:
 * `RateLimit-Policy: "subject";q=100;w=900` and `RateLimit: "subject";r=99;t=840`.
 */
export function limitFieldsGuard(): ResponseGuard {
  return {
    practice: "rate-limiting",
    name: "rate-limiting.fields",
    mode: "enforce",
    on: "every",
    head: (exchange) => {
      const { limits } = exchange;
      if (limits.length === 0) return CONTINUE;
      const { policy, state } = limitFields(limits);
      exchange.setAnswerField("RateLimit-Policy", policy);
      exchange.setAnswerField("RateLimit", state);
      return CONTINUE;
    },
  };
}

/** The values of both fields for at least one limit. */
export function limitFields(limits: readonly LimitState[]): { readonly policy: string; readonly state: string } {
  const [first] = limits as [LimitState];
  let policy = policyItem(first);
  let state = stateItem(first);
  for (let i = 1; i < limits.length; i += 1) {
    policy += `, ${policyItem(limits[i] as LimitState)}`;
    state += `, ${stateItem(limits[i] as LimitState)}`;
  }
  return { policy, state };
}

function policyItem({ name, limit, windowSeconds }: LimitState): string {
  return `"${name}";q=${limit};w=${windowSeconds}`;
}

function stateItem({ name, remaining, resetSeconds }: LimitState): string {
  return `"${name}";r=${remaining};t=${resetSeconds}`;
}
