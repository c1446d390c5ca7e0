// Rate limiting alone, as an Express middleware: so many requests in any such time, by user or address.
import type { RequestHandler } from "express";
import { systemClock } from "../core/clock.ts";
import type { Counter, LimitKey } from "../rate-limiting/index.ts";
import { limitFields, memoryCounter, parseWindow, rateLimitGuard } from "../rate-limiting/index.ts";
import { broken, checkOptions, making } from "./express-options.ts";
import { Entrance, passGuards, type ProxyOptions } from "./express-passage.ts";

export interface LimitOptions extends ProxyOptions {
  /** How many requests: never more in any `window`. */
  readonly limit: number;
  /** `"15m"`: a whole number with ms, s, m, h or d. */
  readonly window: string;
  /** Whose requests are counted together. Default `subject`: the user that `authenticate()` before it proved, else the address. */
  readonly key?: LimitKey;
  /** Name in the RateLimit fields and records, for routes that have several limits. Default: the key. */
  readonly name?: string;
  /** Where requests are counted. Default: in the memory of this process, apart from every other limit. */
  readonly counter?: Counter;
}

const KNOWN = ["limit", "window", "key", "name", "counter", "trustedProxies"];
const KEYS: readonly LimitKey[] = ["subject", "client", "address"];
const LIMIT_MAX = 1_000_000_000;

/** Refuses with 429 what goes beyond the limit. Throws ProblemsError for options that cannot be meant. */
export function limit(options: LimitOptions): RequestHandler {
  return making("limit", () => {
    checkOptions(options, KNOWN);
    const guards = [guardOf(options)];
    const entrance = new Entrance("limit", options);
    return (request, response, next) => {
      const passage = entrance.enter(request);
      passGuards(guards, passage, response, () => {
        const { policy, state } = limitFields(passage.exchange.limits);
        response.setHeader("RateLimit-Policy", policy);
        response.setHeader("RateLimit", state);
        next();
      });
    };
  });
}

function guardOf(options: LimitOptions) {
  const { key = "subject", name = key } = options;
  const windowMs = typeof options.window === "string" ? parseWindow(options.window) : undefined;
  if (!Number.isSafeInteger(options.limit) || options.limit < 1 || options.limit > LIMIT_MAX) {
    throw broken("option-invalid", `limit is not a whole number from 1 to ${LIMIT_MAX}`, "Such as `limit: 100`.");
  }
  if (windowMs === undefined) {
    throw broken("option-invalid", "window is no duration", 'A whole number with ms, s, m, h or d, such as "15m".');
  }
  if (!KEYS.includes(key)) throw broken("option-invalid", "key is unknown", `One of ${KEYS.join(", ")}.`);
  if (typeof name !== "string" || !/^[a-z][a-z0-9-]{0,30}$/.test(name)) {
    throw broken("option-invalid", "name is not made of lower-case letters, digits and hyphens", 'Such as "exports".');
  }
  return rateLimitGuard({
    name,
    limit: { limit: options.limit, windowMs, key, fallback: key === "address" ? undefined : "address" },
    // Limits that share a counter and a name share a budget only where they are the same.
    scope: `${options.limit}/${windowMs}`,
    counter: options.counter ?? memoryCounter({ clock: systemClock }),
    mode: "enforce",
  });
}
