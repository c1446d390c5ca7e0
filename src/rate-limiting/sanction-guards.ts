// Guards that hold back who is sanctioned: an address before anything else, a caller once it is proven. They cost nothing where nobody is.
import type { Clock } from "../core/clock.ts";
import type { Exchange } from "../core/exchange.ts";
import type { RequestGuard } from "../core/guard.ts";
import { CONTINUE, deny, type Outcome } from "../core/outcome.ts";
import { type AddressPrefixes, addressKey } from "../http/addresses.ts";
import type { BudgetCounter, Counter, CounterState } from "./counter.ts";
import { counted, retryAfter } from "./counting.ts";
import type { Measures, Sanction, Sanctions } from "./sanctions.ts";

export interface SanctionGuardOptions {
  readonly sanctions: Sanctions;
  readonly counter: Counter;
  readonly clock: Clock;
  readonly mode: RequestGuard["mode"];
  /** Addresses that are never held back, whatever network they are in. */
  readonly isSpared: (address: string) => boolean;
  readonly prefixes?: AddressPrefixes | undefined;
}

type Verdict = (exchange: Exchange, measures: Measures) => Outcome | Promise<Outcome>;

/** The first guard of every gate. */
export function addressSanctionsGuard(options: SanctionGuardOptions): RequestGuard {
  const { sanctions, mode, isSpared, prefixes } = options;
  const judge = judging(options, "addresses");
  return {
    practice: "rate-limiting",
    name: "rate-limiting.address-sanctions",
    mode,
    check: (exchange) => {
      if (!sanctions.hasAddresses) return CONTINUE;
      const address = exchange.request.clientAddress;
      const measures = sanctions.ofAddress(addressKey(address, prefixes));
      return measures === undefined || isSpared(address) ? CONTINUE : judge(exchange, measures);
    },
  };
}

/** Behind the guard of credentials. */
export function callerSanctionsGuard(options: SanctionGuardOptions): RequestGuard {
  const { sanctions, mode } = options;
  const judge = judging(options, "callers");
  return {
    practice: "rate-limiting",
    name: "rate-limiting.caller-sanctions",
    mode,
    dependsOn: "authentication",
    check: (exchange) => {
      if (!sanctions.hasCallers) return CONTINUE;
      const measures = sanctions.ofCaller(exchange.principal);
      return measures === undefined ? CONTINUE : judge(exchange, measures);
    },
  };
}

function judging({ counter, clock }: SanctionGuardOptions, keys: "addresses" | "callers"): Verdict {
  const budgets = new Map<string, BudgetCounter>();
  const budgetOf = (limit: NonNullable<Sanction["limit"]>): BudgetCounter => {
    const scope = `sanction ${keys} ${limit.limit} ${limit.windowMs}`;
    let budget = budgets.get(scope);
    if (budget === undefined) budgets.set(scope, (budget = counter.budget(scope, { ...limit, keys })));
    return budget;
  };
  return (exchange, { ban, limit }) => {
    const nowMs = clock.nowMs();
    if (ban !== undefined && nowMs < ban.untilMs) {
      return deny("rate-limiting.banned", { lines: retryAfter(ban.untilMs - nowMs) });
    }
    if (limit?.limit === undefined || nowMs >= limit.untilMs) return CONTINUE;
    return counted(
      budgetOf(limit.limit),
      [limit.key],
      exchange,
      (_exchange: Exchange, state: CounterState): Outcome => {
        if (state.allowed) return CONTINUE;
        // It may be over before its window is.
        return deny("rate-limiting.tightened", { lines: retryAfter(Math.min(state.resetMs, limit.untilMs - nowMs)) });
      },
    );
  };
}
