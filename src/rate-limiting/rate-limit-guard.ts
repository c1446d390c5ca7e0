// Guards of the rate-limiting practice: a limit, the ceiling per address, and the ceiling of failed authentication.
import type { Clock } from "../core/clock.ts";
import type { Exchange } from "../core/exchange.ts";
import type { RequestGuard } from "../core/guard.ts";
import { CONTINUE, deny, type Outcome } from "../core/outcome.ts";
import { type ReasonCode, REASONS } from "../core/reasons/registry.ts";
import type { Budget, Counter, CounterState } from "./counter.ts";
import { budgetKey, type RateLimit } from "./limit.ts";

type GuardMode = RequestGuard["mode"];

export interface RateLimitGuardOptions {
  readonly limit: RateLimit;
  /** Name of the limit in records and RateLimit fields; the guard is `rate-limiting.<name>`. */
  readonly name: string;
  /** What the budget belongs to: an operation's id, or `*` for all together. Stable over reloads. */
  readonly scope: string;
  readonly counter: Counter;
  readonly mode: GuardMode;
  readonly clock?: Clock;
}

/**
 * Counts each request that comes this far. Several limits are asked in order: one that refuses has not counted, those
 * before it have, so that trying again and again stays expensive.
 */
export function rateLimitGuard(options: RateLimitGuardOptions): RequestGuard {
  const { limit, name, counter, mode } = options;
  const scope = `${name}\n${options.scope}`;
  const settle = (exchange: Exchange, state: CounterState) =>
    conclude(exchange, name, limit, state, "rate-limiting.limit-exceeded");
  return {
    practice: "rate-limiting",
    name: `rate-limiting.${name}`,
    mode,
    ...(limit.key === "address" ? {} : { dependsOn: "authentication" as const }),
    check: (exchange) => {
      const key = budgetKey(scope, limit, exchange);
      if (key === undefined) return CONTINUE;
      return counted(counter.take(key, limit), exchange, settle);
    },
  };
}

export interface CeilingOptions extends Budget {
  readonly counter: Counter;
  readonly mode: GuardMode;
}

/** All requests of one address together, before anything else is looked at. Not shown in RateLimit fields. */
export function addressCeilingGuard(options: CeilingOptions): RequestGuard {
  const budget: RateLimit = { limit: options.limit, windowMs: options.windowMs, key: "address" };
  const settle = (_exchange: Exchange, state: CounterState) =>
    state.allowed ? CONTINUE : refused("rate-limiting.address-ceiling-exceeded", state);
  return {
    practice: "rate-limiting",
    name: "rate-limiting.address-ceiling",
    mode: options.mode,
    check: (exchange) =>
      counted(options.counter.take(budgetKey("address-ceiling", budget, exchange) as string, budget), exchange, settle),
  };
}

/**
 * Refuses an address that presented wrong credentials too often, before the next ones are looked at. Charged when
 * authentication refuses (L08): requests without any credentials guess nothing and are not charged, nor are outages.
 */
export function failedAuthenticationGuard(options: CeilingOptions): RequestGuard {
  const { counter, mode } = options;
  const budget: RateLimit = { limit: options.limit, windowMs: options.windowMs, key: "address" };
  const keyOf = (exchange: Exchange) => budgetKey("failed-authentication", budget, exchange) as string;
  const settle = (_exchange: Exchange, state: CounterState) =>
    state.allowed ? CONTINUE : refused("rate-limiting.failed-authentication-exceeded", state);
  return {
    practice: "rate-limiting",
    name: "rate-limiting.failed-authentication",
    mode,
    check: (exchange) => counted(counter.peek(keyOf(exchange), budget), exchange, settle),
    denied: (exchange, denial, by) => {
      if (by.practice !== "authentication" || REASONS[denial.reason].status !== 401) return undefined;
      if (denial.reason === "authentication.credentials-missing") return undefined;
      const charged = counter.take(keyOf(exchange), budget);
      return charged instanceof Promise ? charged.then(() => undefined) : undefined;
    },
  };
}

type Settle = (exchange: Exchange, state: CounterState) => Outcome;

function counted(
  state: CounterState | Promise<CounterState>,
  exchange: Exchange,
  settle: Settle,
): Outcome | Promise<Outcome> {
  if (!(state instanceof Promise)) return settle(exchange, state);
  return state.then(
    (known) => settle(exchange, known),
    (error: unknown) => {
      // A store that is away is neither an open door nor a fault of the client.
      exchange.failed("rate-limiting", error);
      return deny("rate-limiting.counter-unavailable", { lines: ["Retry-After", "5"] });
    },
  );
}

function conclude(exchange: Exchange, name: string, limit: Budget, state: CounterState, reason: ReasonCode): Outcome {
  exchange.limited({
    name,
    limit: limit.limit,
    windowSeconds: Math.ceil(limit.windowMs / 1000),
    remaining: state.remaining,
    resetSeconds: Math.ceil(state.resetMs / 1000),
  });
  return state.allowed ? CONTINUE : refused(reason, state);
}

/** Retry-After in whole seconds (RFC 9110 10.2.3), rounded up: after it the request passes. */
function refused(reason: ReasonCode, state: CounterState): Outcome {
  return deny(reason, { lines: ["Retry-After", String(Math.max(1, Math.ceil(state.resetMs / 1000)))] });
}
