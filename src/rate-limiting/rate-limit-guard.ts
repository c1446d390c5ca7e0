// Guards a limit: counts each request that comes this far, slows down, refuses.
import type { Exchange } from "../core/exchange.ts";
import type { RequestGuard } from "../core/guard.ts";
import { CONTINUE, deny, type Outcome } from "../core/outcome.ts";
import type { BudgetCounter, Counter, CounterState } from "./counter.ts";
import { counted, retryAfter } from "./counting.ts";
import { DelayPlaces } from "./delay-places.ts";
import { asksForCaller, type KeyReader, keyReaders } from "./limit-key.ts";
import { delayOf, type RateLimit } from "./limit.ts";

export interface RateLimitGuardOptions {
  readonly limit: RateLimit;
  /** Name of the limit in records and RateLimit fields; the guard is `rate-limiting.<name>`. */
  readonly name: string;
  /** What the budget belongs to: an entry of `operations`, or `*` for all together. Stable over reloads. */
  readonly scope: string;
  readonly counter: Counter;
  readonly mode: RequestGuard["mode"];
}

/**
 * Several limits are asked in order: one that refuses has not counted, those before it have, so that trying again and
 * again stays expensive.
 */
export function rateLimitGuard(options: RateLimitGuardOptions): RequestGuard {
  const { limit, name, mode } = options;
  const slowdown = limit.slowdown === undefined ? {} : { deadlineMs: limit.slowdown.delayMaxMs + SLACK_MS };
  const check = new LimitCheck(options);
  return {
    practice: "rate-limiting",
    name: `rate-limiting.${name}`,
    mode,
    ...(asksForCaller(limit.key) ? { dependsOn: "authentication" as const } : {}),
    ...slowdown,
    check: (exchange) => check.check(exchange),
  };
}

/** What a guard that waits on purpose may take beside its waiting. */
const SLACK_MS = 10_000;

class LimitCheck {
  readonly #name: string;
  readonly #limit: RateLimit;
  readonly #isEnforced: boolean;
  readonly #windowSeconds: number;
  readonly #main: KeyReader;
  readonly #counts: BudgetCounter;
  readonly #fallback: KeyReader | undefined;
  readonly #fallbackCounts: BudgetCounter | undefined;
  readonly #places = new DelayPlaces();

  constructor({ limit, name, scope, counter, mode }: RateLimitGuardOptions) {
    this.#name = name;
    this.#limit = limit;
    this.#isEnforced = mode === "enforce";
    this.#windowSeconds = Math.ceil(limit.windowMs / 1000);
    const { main, fallback } = keyReaders(limit.key);
    const budget = ({ kind, keys }: KeyReader) =>
      counter.budget(`${name}\n${scope}\n${kind}`, { limit: limit.limit, windowMs: limit.windowMs, keys });
    this.#main = main;
    this.#counts = budget(main);
    this.#fallback = fallback;
    this.#fallbackCounts = fallback === undefined ? undefined : budget(fallback);
  }

  check(exchange: Exchange): Outcome | Promise<Outcome> {
    let counts: BudgetCounter | undefined = this.#counts;
    let key = this.#main.read(exchange);
    if (key === undefined) {
      counts = this.#fallbackCounts;
      key = this.#fallback?.read(exchange);
    }
    if (key === undefined || counts === undefined) return CONTINUE;
    if (this.#limit.slowdown === undefined) return counted(counts, key, exchange, this.#settle);
    // The list is filled anew by the next request: what is still needed behind a wait is kept.
    const whose = key.join("\n");
    return counted(counts, key, exchange, (at, state) => this.#slow(at, state, whose));
  }

  readonly #settle = (exchange: Exchange, { allowed, remaining, resetMs }: CounterState): Outcome => {
    const seconds = Math.ceil(resetMs / 1000);
    exchange.limited({
      name: this.#name,
      limit: this.#limit.limit,
      windowSeconds: this.#windowSeconds,
      remaining,
      // Times are rounded up when they are counted. Whoever is refused must wait that long; to others it would be more than the window.
      resetSeconds: allowed ? Math.min(seconds, this.#windowSeconds) : seconds,
    });
    return allowed ? CONTINUE : deny("rate-limiting.limit-exceeded", { lines: retryAfter(resetMs) });
  };

  #slow(exchange: Exchange, state: CounterState, key: string): Outcome | Promise<Outcome> {
    const { limit, slowdown } = this.#limit;
    const outcome = this.#settle(exchange, state);
    const delayMs = slowdown === undefined || !state.allowed ? 0 : delayOf(slowdown, limit - state.remaining);
    return delayMs === 0 ? outcome : this.#delay(exchange, key, delayMs);
  }

  #delay(exchange: Exchange, key: string, delayMs: number): Outcome | Promise<Outcome> {
    const guard = `rate-limiting.${this.#name}`;
    if (!this.#isEnforced) {
      exchange.note({ guard, kind: "noticed", text: `would have waited ${delayMs} ms` });
      return CONTINUE;
    }
    const waited = this.#places.wait(exchange, key, delayMs);
    if (waited === undefined) return deny("rate-limiting.delayed-too-many", { lines: retryAfter(delayMs) });
    exchange.note({ guard, kind: "noticed", text: `waited ${delayMs} ms` });
    return waited.then(() => CONTINUE);
  }
}
