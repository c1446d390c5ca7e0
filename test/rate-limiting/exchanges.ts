// Exchanges and guards for the tests of limits.
import { Exchange, type RequestHead } from "../../src/core/exchange.ts";
import type { RequestGuard } from "../../src/core/guard.ts";
import type { Denial } from "../../src/core/outcome.ts";
import { ANONYMOUS, type Principal } from "../../src/core/principal.ts";
import { NO_FIELDS } from "../../src/http/fields.ts";
import {
  type Counter,
  type LimitKey,
  memoryCounter,
  type RateLimit,
  rateLimitGuard,
} from "../../src/rate-limiting/index.ts";

export const stillClock = { nowMs: () => 0, monotonicMs: () => 0 };

const head: RequestHead = {
  method: "GET",
  target: "/",
  path: "/",
  query: undefined,
  fields: NO_FIELDS,
  protocol: "HTTP/1.1",
  secure: true,
  authority: "x",
  peerAddress: "192.0.2.1",
  clientAddress: "192.0.2.1",
  clientAddressFrom: "peer",
  hasBody: false,
  contentLength: undefined,
};

export function exchangeOf(more: Partial<RequestHead> = {}, caller?: Partial<Principal>, operation?: string): Exchange {
  const exchange = new Exchange("id", { ...head, ...more }, 0, 0);
  if (caller !== undefined) exchange.principal = { ...ANONYMOUS, kind: "user", issuer: "i", ...caller };
  if (operation !== undefined) exchange.operation = { id: operation, method: "GET", template: "/", tags: [] };
  return exchange;
}

export const userOf = (subject: string, more: Partial<Principal> = {}): Exchange =>
  exchangeOf({}, { subject, ...more });

export const bySubject: LimitKey = { parts: ["subject"], fallback: "address" };

export function guardOf(
  limit: Partial<RateLimit>,
  more: { scope?: string; counter?: Counter; mode?: RequestGuard["mode"] } = {},
): RequestGuard {
  const { scope = "*", counter = memoryCounter({ clock: stillClock }), mode = "enforce" } = more;
  return rateLimitGuard({
    limit: { limit: 2, windowMs: 60_000, key: bySubject, ...limit },
    name: "subject",
    scope,
    counter,
    mode,
  });
}

/** What a guard says to each, in a word: `continue`, or the reason. */
export async function spend(guard: RequestGuard, exchanges: readonly Exchange[]): Promise<string[]> {
  const said: string[] = [];
  // oxlint-disable-next-line no-await-in-loop -- the order counts
  for (const exchange of exchanges) said.push(wordOf(await guard.check(exchange)));
  return said;
}

export function wordOf(outcome: { kind: string }): string {
  return outcome.kind === "deny" ? (outcome as Denial).reason.replace("rate-limiting.", "") : outcome.kind;
}
