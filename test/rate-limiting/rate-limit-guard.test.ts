// The rate-limiting guards: whose budget, what is counted, what a client is told.
import { describe, expect, it } from "vitest";
import { Exchange, type RequestHead } from "../../src/core/exchange.ts";
import type { RequestGuard } from "../../src/core/guard.ts";
import { CONTINUE, deny, type Denial } from "../../src/core/outcome.ts";
import { ANONYMOUS } from "../../src/core/principal.ts";
import { runRequestGuards } from "../../src/core/run.ts";
import { NO_FIELDS } from "../../src/http/fields.ts";
import {
  addressCeilingGuard,
  type Counter,
  failedAuthenticationGuard,
  limitFieldsGuard,
  memoryCounter,
  type RateLimit,
  rateLimitGuard,
} from "../../src/rate-limiting/index.ts";

const clock = { nowMs: () => 0, monotonicMs: () => 0 };
const bySubject: RateLimit = { limit: 2, windowMs: 60_000, key: "subject", fallback: "address" };

function exchangeOf(more: Partial<RequestHead> = {}, subject?: string, tokenId = "t"): Exchange {
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
    ...more,
  };
  const exchange = new Exchange("id", head, 0, 0);
  if (subject !== undefined) exchange.principal = { ...ANONYMOUS, kind: "user", issuer: "i", subject, tokenId };
  return exchange;
}

const guardOf = (limit: RateLimit, scope = "*", counter: Counter = memoryCounter({ clock })) =>
  rateLimitGuard({ limit, name: "subject", scope, counter, mode: "enforce" });

const spend = (guard: RequestGuard, exchanges: Exchange[]) =>
  exchanges.map((exchange) => (guard.check(exchange) as { kind: string }).kind);

describe("a limit", () => {
  it("refuses with 429's reason and Retry-After, and tells where the client stands", () => {
    const guard = guardOf(bySubject);
    const exchanges = [1, 2, 3].map(() => exchangeOf({}, "ann"));
    expect(spend(guard, exchanges)).toEqual(["continue", "continue", "deny"]);
    const denial = guard.check(exchangeOf({}, "ann")) as Denial;
    expect(denial).toMatchObject({ reason: "rate-limiting.limit-exceeded", lines: ["Retry-After", "64"] });
    const last = exchanges[1] as Exchange;
    limitFieldsGuard().head?.(last, { origin: "upstream", status: 200, lines: [] });
    expect(last.answerFields).toEqual(["RateLimit-Policy", '"subject";q=2;w=60', "RateLimit", '"subject";r=0;t=64']);
  });

  it("L03 a new token of the same subject is no new budget", () => {
    const guard = guardOf(bySubject);
    const exchanges = ["a", "b", "c"].map((tokenId) => exchangeOf({}, "ann", tokenId));
    expect(spend(guard, exchanges)).toEqual(["continue", "continue", "deny"]);
  });

  it("L11 another's budget cannot be spent, nor joined by a name with separators in it", () => {
    const guard = guardOf(bySubject);
    spend(guard, [exchangeOf({}, "ann"), exchangeOf({}, "ann"), exchangeOf({}, "ann")]);
    expect(spend(guard, [exchangeOf({}, "bob"), exchangeOf({}, "ann\n"), exchangeOf()])).not.toContain("deny");
  });

  it("L02 counts by operation, whatever the path's spelling", () => {
    const counter = memoryCounter({ clock });
    const guard = guardOf(bySubject, "dailyReport", counter);
    const spellings = ["/reports/daily", "/reports/daily?x=1", "/reports/daily?"];
    const exchanges = spellings.map((target) => exchangeOf({ target, path: target }, "ann"));
    expect(spend(guard, exchanges)).toEqual(["continue", "continue", "deny"]);
    expect(spend(guardOf(bySubject, "other", counter), [exchangeOf({}, "ann")])).toEqual(["continue"]);
  });

  it("L04 addresses of one IPv6 /64 share, another /64 does not", () => {
    const guard = guardOf({ ...bySubject, key: "address" });
    const from = (clientAddress: string) => exchangeOf({ clientAddress });
    const within = ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:1"].map(from);
    expect(spend(guard, within)).toEqual(["continue", "continue", "deny"]);
    expect(spend(guard, [from("2001:db8:0:1::1")])).toEqual(["continue"]);
  });

  it("does not count whom it does not know, where there is no fallback", () => {
    const guard = guardOf({ limit: 1, windowMs: 60_000, key: "subject" });
    expect(spend(guard, [exchangeOf(), exchangeOf(), exchangeOf()])).toEqual(["continue", "continue", "continue"]);
  });

  it("is 503 while its store is away, never a pass", async () => {
    const away: Counter = {
      take: () => Promise.reject(new Error("away")),
      peek: () => Promise.reject(new Error("away")),
    };
    const outcome = await guardOf(bySubject, "*", away).check(exchangeOf());
    expect(outcome).toMatchObject({ kind: "deny", reason: "rate-limiting.counter-unavailable" });
  });
});

describe("the ceilings", () => {
  it("counts all requests of one address together", () => {
    const guard = addressCeilingGuard({
      limit: 2,
      windowMs: 60_000,
      counter: memoryCounter({ clock }),
      mode: "enforce",
    });
    expect(spend(guard, [exchangeOf({}, "a"), exchangeOf({}, "b"), exchangeOf()])).toEqual([
      "continue",
      "continue",
      "deny",
    ]);
    expect(spend(guard, [exchangeOf({ clientAddress: "192.0.2.2" })])).toEqual(["continue"]);
  });

  const refusing = (denial: Denial | undefined): RequestGuard => ({
    practice: "authentication",
    name: "authentication.credentials",
    mode: "enforce",
    check: () => denial ?? CONTINUE,
  });

  it.each([
    ["authentication.signature-invalid", "rate-limiting.failed-authentication-exceeded"],
    ["authentication.credentials-missing", "authentication.credentials-missing"],
    ["authentication.keys-unavailable", "authentication.keys-unavailable"],
  ] as const)("L08 after two of %s the third is %s", async (reason, third) => {
    const guard = failedAuthenticationGuard({
      limit: 2,
      windowMs: 60_000,
      counter: memoryCounter({ clock }),
      mode: "enforce",
    });
    const guards = [guard, refusing(deny(reason))];
    const reasons: (string | undefined)[] = [];
    for (let i = 0; i < 3; i += 1) {
      const ending = await runRequestGuards(guards, exchangeOf());
      reasons.push(ending?.kind === "deny" ? ending.reason : undefined);
    }
    expect(reasons).toEqual([reason, reason, third]);
    expect(
      await runRequestGuards([guard, refusing(undefined)], exchangeOf({ clientAddress: "192.0.2.9" })),
    ).toBeUndefined();
  });
});
