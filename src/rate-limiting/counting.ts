// Asks a counter and waits for it, not for long: a store that is away or slow is neither an open door nor a fault of the client.
import type { Exchange } from "../core/exchange.ts";
import { deny, type Outcome } from "../core/outcome.ts";
import { isPromise } from "../core/run.ts";
import type { BudgetCounter, CounterKey, CounterState } from "./counter.ts";

/** How long a store may take. Every request waits for it: one that is slower is as good as away. */
const COUNTER_DEADLINE_MS = 1_000;

type Settle = (exchange: Exchange, state: CounterState) => Outcome | Promise<Outcome>;

/** What `settle` makes of the state, at once where the counter answered at once; 503 where it does not answer. */
export function counted(
  counts: BudgetCounter,
  key: CounterKey,
  exchange: Exchange,
  settle: Settle,
  how: "take" | "peek" = "take",
): Outcome | Promise<Outcome> {
  let state: CounterState | Promise<CounterState>;
  try {
    state = counts[how](key);
  } catch (error) {
    return unavailable(exchange, error);
  }
  if (!isPromise(state)) return settle(exchange, state);
  return inTime(state).then(
    (known) => settle(exchange, known),
    (error: unknown) => unavailable(exchange, error),
  );
}

/** The state, or a rejection where it is not there in time. */
export function inTime<T>(pending: PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the counter did not answer in time")), COUNTER_DEADLINE_MS);
    const settled = () => clearTimeout(timer);
    pending.then(resolve, reject);
    pending.then(settled, settled);
  });
}

function unavailable(exchange: Exchange, error: unknown): Outcome {
  exchange.failed("rate-limiting", error);
  return deny("rate-limiting.counter-unavailable", { lines: ["Retry-After", "5"] });
}

/** In whole seconds (RFC 9110 10.2.3), rounded up: after it the request passes. */
export function retryAfter(ms: number): readonly string[] {
  return ["Retry-After", String(Math.max(1, Math.ceil(ms / 1000)))];
}
