// Rate limiting alone, as an Express middleware: so many requests in any such time, by user, address, claim or API key.
import type { RequestHandler } from "express";
import { systemClock } from "../core/clock.ts";
import {
  type Counter,
  KEY_PARTS,
  type KeyPart,
  limitFields,
  memoryCounter,
  parseWindow,
  rateLimitGuard,
  type Slowdown,
  WINDOW_MS_MAX,
} from "../rate-limiting/index.ts";
import { broken, checkNames, checkOptions, making } from "./express-options.ts";
import { Entrance, passGuards, type ProxyOptions } from "./express-passage.ts";

/** Whose requests a middleware can count together. Operations belong to a document. */
export type MiddlewareKey = Exclude<KeyPart, "operation">;

export interface LimitOptions extends ProxyOptions {
  /** How many requests: never more in any `window`. */
  readonly limit: number;
  /** `"15m"`: a whole number with ms, s, m, h or d. */
  readonly window: string;
  /**
   * Whose requests are counted together, or a list: `["subject", "client"]`. Default `subject`: the user that
   * `authenticate()` before it proved. Who is not known counts by address.
   */
  readonly key?: MiddlewareKey | readonly MiddlewareKey[];
  /** Where the value of the key `claim` is in the token: `["tenant"]`. */
  readonly claim?: readonly string[];
  /** How many pass at once: what exceeds it waits, each longer than the one before, up to the limit. */
  readonly delayAfter?: number;
  /** How much longer each waits. Default `"500ms"`. */
  readonly delay?: string;
  /** How long one waits at most. Default `"5s"`. */
  readonly delayMax?: string;
  /** Name in the RateLimit fields and records, for routes that have several limits. Default: the key. */
  readonly name?: string;
  /** Where requests are counted. Default: in the memory of this process, apart from every other limit. */
  readonly counter?: Counter;
}

const KNOWN = [
  "limit",
  "window",
  "key",
  "claim",
  "delayAfter",
  "delay",
  "delayMax",
  "name",
  "counter",
  "trustedProxies",
];
const KEYS: readonly string[] = KEY_PARTS.filter((part) => part !== "operation");
const LIMIT_MAX = 1_000_000_000;
const DELAY_MS_MAX = 30_000;

/** Refuses with 429 what goes beyond the limit. Throws ProblemsError for options that cannot be meant. */
export function limit(options: LimitOptions): RequestHandler {
  return making("limit", () => {
    checkOptions(options, KNOWN);
    const guards = [guardOf(options)];
    const entrance = new Entrance("limit", options);
    const waits = options.delayAfter !== undefined;
    return (request, response, next) => {
      const passage = entrance.enter(request);
      const { exchange } = passage;
      // Who waits must learn that the client has left.
      if (waits) response.once("close", () => exchange.release());
      passGuards(guards, passage, response, () => {
        const { policy, state } = limitFields(exchange.limits);
        response.setHeader("RateLimit-Policy", policy);
        response.setHeader("RateLimit", state);
        next();
      });
    };
  });
}

function guardOf(options: LimitOptions) {
  const parts = partsOf(options);
  const { name = parts.join("-") } = options;
  if (!Number.isSafeInteger(options.limit) || options.limit < 1 || options.limit > LIMIT_MAX) {
    throw broken("option-invalid", `limit is not a whole number from 1 to ${LIMIT_MAX}`, "Such as `limit: 100`.");
  }
  const windowMs = durationOf("window", options.window, WINDOW_MS_MAX, "15m");
  if (typeof name !== "string" || !/^[a-z][a-z0-9-]{0,30}$/.test(name)) {
    throw broken("option-invalid", "name is not made of lower-case letters, digits and hyphens", 'Such as "exports".');
  }
  const key = { parts, claim: options.claim, fallback: "address" as const };
  return rateLimitGuard({
    name,
    limit: { limit: options.limit, windowMs, key, slowdown: slowdownOf(options) },
    // Limits that share a counter and a name share a budget only where they are the same.
    scope: `${options.limit}/${windowMs}`,
    counter: options.counter ?? memoryCounter({ clock: systemClock }),
    mode: "enforce",
  });
}

function partsOf({ key = "subject", claim }: LimitOptions): readonly KeyPart[] {
  const parts = typeof key === "string" ? [key] : key;
  const isList = Array.isArray(parts) && parts.length > 0 && new Set(parts).size === parts.length;
  if (!isList || !parts.every((part) => KEYS.includes(part))) {
    throw broken("option-invalid", "key is unknown", `One of ${KEYS.join(", ")}, or a list of them.`);
  }
  if (parts.includes("claim") !== (claim !== undefined)) {
    throw broken("option-invalid", "key and claim belong together", 'Such as `key: "claim", claim: ["tenant"]`.');
  }
  if (claim !== undefined) checkNames("claims", claim);
  return parts;
}

function slowdownOf({ delayAfter, delay, delayMax, limit: most }: LimitOptions): Slowdown | undefined {
  if (delayAfter === undefined) {
    if (delay === undefined && delayMax === undefined) return undefined;
    throw broken("option-invalid", "delay without delayAfter has no effect", "Such as `delayAfter: 50`.");
  }
  if (!Number.isSafeInteger(delayAfter) || delayAfter < 1 || delayAfter >= most) {
    throw broken("option-invalid", "delayAfter is no whole number below the limit", "Such as `delayAfter: 50`.");
  }
  const delayMs = durationOf("delay", delay ?? "500ms", DELAY_MS_MAX, "500ms");
  const delayMaxMs = Math.max(delayMs, durationOf("delayMax", delayMax ?? "5s", DELAY_MS_MAX, "5s"));
  return { after: delayAfter, delayMs, delayMaxMs };
}

function durationOf(what: string, text: unknown, msMax: number, such: string): number {
  const ms = typeof text === "string" ? parseWindow(text) : undefined;
  if (ms !== undefined && ms <= msMax) return ms;
  const most = msMax === DELAY_MS_MAX ? "30 seconds" : "24 days";
  const remedy = `A whole number with ms, s, m, h or d, such as "${such}", at most ${most}.`;
  throw broken("option-invalid", `${what} is no duration`, remedy);
}
