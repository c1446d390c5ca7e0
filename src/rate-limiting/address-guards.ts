// Guards of an address whoever it says it is: a ceiling over everything, and a strict one for failed authentication.
import type { Exchange } from "../core/exchange.ts";
import type { RequestGuard, ResponseGuard } from "../core/guard.ts";
import { CONTINUE, deny, type Outcome } from "../core/outcome.ts";
import { type ReasonCode, REASONS } from "../core/reasons/registry.ts";
import { isPromise } from "../core/run.ts";
import type { AddressPrefixes } from "../http/addresses.ts";
import type { BudgetCounter, Counter, CounterKey, CounterState } from "./counter.ts";
import { counted, inTime, retryAfter } from "./counting.ts";
import { KeyReader } from "./limit-key.ts";

export interface CeilingOptions {
  readonly limit: number;
  readonly windowMs: number;
  readonly counter: Counter;
  readonly mode: RequestGuard["mode"];
  readonly prefixes?: AddressPrefixes | undefined;
}

interface AddressCounts {
  readonly counts: BudgetCounter;
  readonly key: (exchange: Exchange) => CounterKey;
}

function countsOf(scope: string, { limit, windowMs, counter, prefixes }: CeilingOptions): AddressCounts {
  const reader = new KeyReader({ parts: ["address"], prefixes });
  const counts = counter.budget(scope, { limit, windowMs, keys: reader.keys });
  // Every request has an address.
  return { counts, key: (exchange) => reader.read(exchange) as CounterKey };
}

/** All requests of one address together, before anything else is looked at. Not shown in RateLimit fields. */
export function addressCeilingGuard(options: CeilingOptions): RequestGuard {
  const { counts, key } = countsOf("address-ceiling", options);
  const settle = (_exchange: Exchange, state: CounterState) => verdict(state, "rate-limiting.address-ceiling-exceeded");
  return {
    practice: "rate-limiting",
    name: "rate-limiting.address-ceiling",
    mode: options.mode,
    check: (exchange) => counted(counts, key(exchange), exchange, settle),
  };
}

/**
 * No credentials, good ones that are not enough, or ones that were good: nothing was guessed. An office whose people renew their
 * tokens once they are refused would else lock itself out.
 */
const UNCHARGED: ReadonlySet<ReasonCode> = new Set([
  "authentication.credentials-missing",
  "authentication.level-insufficient",
  "authentication.proof-nonce-required",
  "authentication.token-expired",
]);

/** Refuses an address that failed too often, without counting what it asks now: each failure is charged when it is known. */
function failuresOf(name: string, options: CeilingOptions) {
  const { counts, key } = countsOf(name, options);
  const settle = (_exchange: Exchange, state: CounterState) =>
    verdict(state, "rate-limiting.failed-authentication-exceeded");
  const guard: RequestGuard = {
    practice: "rate-limiting",
    name: `rate-limiting.${name}`,
    mode: options.mode,
    check: (exchange) => counted(counts, key(exchange), exchange, settle, "peek"),
  };
  return { guard, charge: (exchange: Exchange) => counts.take(key(exchange)) };
}

/**
 * Refuses an address that presented wrong credentials too often, before the next ones are looked at. Charged when
 * authentication refuses (L08): requests without any credentials guess nothing and are not charged, nor are outages.
 * Only the address is charged, never the name that a wrong credential claims (L11).
 */
export function failedAuthenticationGuard(options: CeilingOptions): RequestGuard {
  const { guard, charge } = failuresOf("failed-authentication", options);
  return {
    ...guard,
    denied: (exchange, denial, by) => {
      if (by.practice !== "authentication" || REASONS[denial.reason].status !== 401) return undefined;
      if (UNCHARGED.has(denial.reason)) return undefined;
      const charged = charge(exchange);
      return isPromise(charged) ? inTime(charged).then(() => undefined) : undefined;
    },
  };
}

export interface FailedAnswersOptions extends CeilingOptions {
  /** The guards are `rate-limiting.<name>`. */
  readonly name: string;
}

/**
 * Refuses an address whose requests failed too often, by the status that they were answered with: where credentials are judged behind the
 * gate. What was answered well costs nothing: an office behind one address, or a server that has tokens for all of its people, guesses
 * nothing. Those under way together are not counted before their answers: at most as many as the ceiling lets through.
 */
export function failedAnswersGuards(options: FailedAnswersOptions): { request: RequestGuard; response: ResponseGuard } {
  const { guard, charge } = failuresOf(options.name, options);
  return {
    request: guard,
    response: {
      practice: guard.practice,
      name: guard.name,
      mode: guard.mode,
      on: "upstream",
      head: (exchange, { status }) => {
        if (status < 400 || status >= 500) return CONTINUE;
        const charged = charge(exchange);
        if (isPromise(charged)) inTime(charged).catch((error: unknown) => exchange.failed("rate-limiting", error));
        return CONTINUE;
      },
    },
  };
}

function verdict(state: CounterState, reason: ReasonCode): Outcome {
  return state.allowed ? CONTINUE : deny(reason, { lines: retryAfter(state.resetMs) });
}
