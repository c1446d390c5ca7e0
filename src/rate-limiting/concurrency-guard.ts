// Guards how many requests are under way at once: of one client, or of all together. The others wait, not many and not long.
import type { Exchange } from "../core/exchange.ts";
import type { RequestGuard } from "../core/guard.ts";
import { CONTINUE, deny, type Outcome } from "../core/outcome.ts";
import { retryAfter } from "./counting.ts";
import { type Admission, type LaneLimits, type Lanes } from "./lanes.ts";
import { asksForCaller, keyReaders, type LimitKey } from "./limit-key.ts";

export interface ConcurrencyLimit extends LaneLimits {
  /** Whose requests are counted together. Without it all are: what is full then is ours, not the client's. */
  readonly key?: LimitKey | undefined;
}

export interface ConcurrencyGuardOptions {
  readonly limit: ConcurrencyLimit;
  /** The guard is `rate-limiting.<name>`. */
  readonly name: string;
  readonly lanes: Lanes;
  readonly mode: RequestGuard["mode"];
}

/** Beside the waiting itself. */
const SLACK_MS = 1_000;

/** The last guard of the head: who is refused anyway takes no place. A place is given back when the exchange ends. */
export function concurrencyGuard({ limit, name, lanes, mode }: ConcurrencyGuardOptions): RequestGuard {
  const keyOf = limit.key === undefined ? (): string => "" : keyTexts(limit.key);
  const isEnforced = mode === "enforce";
  const isOurs = limit.key === undefined;
  const settle = (admission: Admission) => verdict(admission, isOurs, limit.timeoutMs);
  return {
    practice: "rate-limiting",
    name: `rate-limiting.${name}`,
    mode,
    ...(limit.key !== undefined && asksForCaller(limit.key) ? { dependsOn: "authentication" as const } : {}),
    deadlineMs: limit.timeoutMs + SLACK_MS,
    check: (exchange) => {
      const key = keyOf(exchange);
      if (key === undefined) return CONTINUE;
      const admission = lanes.enter(exchange, key, limit, isEnforced);
      return typeof admission === "string" ? settle(admission) : admission.then(settle);
    },
  };
}

/** A text for each key; the kind tells a fallback's from another's. */
function keyTexts(key: LimitKey): (exchange: Exchange) => string | undefined {
  const { main, fallback } = keyReaders(key);
  return (exchange) => {
    const own = main.read(exchange);
    if (own !== undefined) return `${main.kind}\n${JSON.stringify(own)}`;
    const other = fallback?.read(exchange);
    return other === undefined ? undefined : `${fallback?.kind}\n${JSON.stringify(other)}`;
  };
}

function verdict(admission: Admission, isOurs: boolean, timeoutMs: number): Outcome {
  if (admission === "admitted") return CONTINUE;
  const reason = isOurs ? "rate-limiting.capacity-exceeded" : "rate-limiting.concurrency-exceeded";
  const internal = admission === "late" ? `waited ${timeoutMs} ms in the queue` : "the queue is full";
  return deny(reason, { lines: retryAfter(timeoutMs), internal });
}
