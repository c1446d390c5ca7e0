// The rate-limiting guards: what is counted, what a client is told, what happens when the store does not answer.
import { afterEach, describe, expect, it, vi } from "vitest";
import type { RequestGuard } from "../../src/core/guard.ts";
import { CONTINUE, deny, type Denial } from "../../src/core/outcome.ts";
import { runRequestGuards } from "../../src/core/run.ts";
import {
  addressCeilingGuard,
  type BudgetCounter,
  type Counter,
  failedAnswersGuards,
  failedAuthenticationGuard,
  limitFieldsGuard,
  memoryCounter,
} from "../../src/rate-limiting/index.ts";
import { exchangeOf, guardOf, spend, stillClock, userOf } from "./exchanges.ts";

afterEach(() => vi.useRealTimers());

describe("a limit", () => {
  it("refuses with 429's reason and Retry-After, and tells where the client stands", async () => {
    const guard = guardOf({});
    const exchanges = [1, 2, 3].map(() => userOf("ann"));
    expect(await spend(guard, exchanges)).toEqual(["continue", "continue", "limit-exceeded"]);
    const denial = guard.check(userOf("ann")) as Denial;
    expect(denial).toMatchObject({ reason: "rate-limiting.limit-exceeded", lines: ["Retry-After", "60"] });
    const last = exchanges[1]!;
    limitFieldsGuard().head?.(last, { origin: "upstream", status: 200, lines: [] });
    const told = ["RateLimit-Policy", '"subject";q=2;w=60', "RateLimit", '"subject";r=0;t=60'];
    expect(last.answerFields).toEqual(told);
    // An answer that validation refuses is replaced: the head of what goes out instead is seen by the same guard.
    limitFieldsGuard().head?.(last, { origin: "gate", status: 502, lines: [] });
    expect(last.answerFields).toEqual(told);
  });

  it.each([2, 5_000])(
    "never tells of more seconds than its window has, between two ticks of the clock: %d",
    (limit) => {
      const counter = memoryCounter({ clock: { nowMs: () => 0, monotonicMs: ticks([0, 0.4]) } });
      const first = userOf("ann");
      expect(guardOf({ limit }, { counter }).check(first)).toBe(CONTINUE);
      expect(first.limits).toMatchObject([{ windowSeconds: 60, remaining: limit - 1, resetSeconds: 60 }]);
    },
  );

  it("counts by its scope: an operation's budget is its own", async () => {
    const counter = memoryCounter({ clock: stillClock });
    const reports = guardOf({}, { scope: "dailyReport", counter });
    expect(
      await spend(
        reports,
        [1, 2, 3].map(() => userOf("ann")),
      ),
    ).toContain("limit-exceeded");
    expect(await spend(guardOf({}, { scope: "other", counter }), [userOf("ann")])).toEqual(["continue"]);
  });
});

/** Times one after another; the last one stays. */
function ticks(times: readonly number[]): () => number {
  let next = 0;
  return () => times[Math.min(next++, times.length - 1)] as number;
}

/** A counter as a store behind a network has it: everything takes a moment. */
const remote = (answer: BudgetCounter["take"]): Counter => ({ budget: () => ({ take: answer, peek: answer }) });
const never = () => new Promise<never>(() => undefined);

const guardsOn = (counter: Counter): [string, RequestGuard][] => {
  const options = { limit: 2, windowMs: 60_000, counter, mode: "enforce" as const };
  return [
    ["a limit", guardOf({}, { counter })],
    ["the ceiling", addressCeilingGuard(options)],
    ["failed authentication", failedAuthenticationGuard(options)],
  ];
};

describe("a store behind a network", () => {
  it("is asked like the one in memory", async () => {
    const counter = memoryCounter({ clock: stillClock });
    const budgets: Counter = {
      budget: (scope, budget) => {
        const counts = counter.budget(scope, budget);
        return {
          take: (key) => Promise.resolve(counts.take(key)),
          peek: (key) => Promise.resolve(counts.peek(key)),
        };
      },
    };
    const said = await spend(
      guardOf({}, { counter: budgets }),
      [1, 2, 3].map(() => userOf("ann")),
    );
    expect(said).toEqual(["continue", "continue", "limit-exceeded"]);
  });

  it.each([
    ["away", () => Promise.reject(new Error("away"))],
    [
      "broken",
      () => {
        throw new Error("broken");
      },
    ],
  ])("that is %s is 503 with Retry-After, never a pass", async (_how, answer) => {
    for (const [, guard] of guardsOn(remote(answer))) {
      const exchange = exchangeOf();
      const outcome = (await guard.check(exchange)) as Denial;
      expect(outcome).toMatchObject({ reason: "rate-limiting.counter-unavailable", lines: ["Retry-After", "5"] });
      expect(exchange.faultBy).toBe("rate-limiting");
    }
  });

  it("that is slow is 503 after a second, not after ten", async () => {
    vi.useFakeTimers();
    const outcomes = Promise.all(guardsOn(remote(never)).map(async ([, guard]) => guard.check(exchangeOf())));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await outcomes).toEqual([1, 2, 3].map(() => expect.objectContaining({ kind: "deny" })));
  });

  it("that cannot be charged lets the refusal stand, and says so in the record", async () => {
    vi.useFakeTimers();
    const free = { allowed: true, remaining: 1, resetMs: 0 };
    const counter: Counter = { budget: () => ({ peek: () => free, take: never }) };
    const guard = failedAuthenticationGuard({ limit: 2, windowMs: 60_000, counter, mode: "enforce" });
    const exchange = exchangeOf();
    const ending = runRequestGuards([guard, refusing(deny("authentication.signature-invalid"))], exchange);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await ending).toMatchObject({ reason: "authentication.signature-invalid" });
    expect(exchange.faultBy).toBe("rate-limiting.failed-authentication");
  });
});

const refusing = (denial: Denial | undefined): RequestGuard => ({
  practice: "authentication",
  name: "authentication.credentials",
  mode: "enforce",
  check: () => denial ?? CONTINUE,
});

describe("the guards of an address", () => {
  const options = { limit: 2, windowMs: 60_000, mode: "enforce" as const };

  it("count all its requests together", async () => {
    const guard = addressCeilingGuard({ ...options, counter: memoryCounter({ clock: stillClock }) });
    const exchanges = [userOf("a"), userOf("b"), exchangeOf()];
    expect(await spend(guard, exchanges)).toEqual(["continue", "continue", "address-ceiling-exceeded"]);
    expect(await spend(guard, [exchangeOf({ clientAddress: "192.0.2.2" })])).toEqual(["continue"]);
  });

  it.each([
    ["authentication.signature-invalid", "rate-limiting.failed-authentication-exceeded"],
    ["authentication.credentials-missing", "authentication.credentials-missing"],
    ["authentication.keys-unavailable", "authentication.keys-unavailable"],
    ["authentication.token-expired", "authentication.token-expired"],
  ] as const)("L08 after two of %s the third is %s", async (reason, third) => {
    const guard = failedAuthenticationGuard({ ...options, counter: memoryCounter({ clock: stillClock }) });
    const guards = [guard, refusing(deny(reason))];
    const reasons: (string | undefined)[] = [];
    for (let i = 0; i < 3; i += 1) {
      const ending = await runRequestGuards(guards, exchangeOf());
      reasons.push(ending?.kind === "deny" ? ending.reason : undefined);
    }
    expect(reasons).toEqual([reason, reason, third]);
    const other = exchangeOf({ clientAddress: "192.0.2.9" });
    expect(await runRequestGuards([guard, refusing(undefined)], other)).toBeUndefined();
  });

  it.each([
    [200, "continue"],
    [303, "continue"],
    [400, "failed-authentication-exceeded"],
    [401, "failed-authentication-exceeded"],
    [503, "continue"],
  ])("L08 after two answers of %i the third request is %s", async (status, third) => {
    const counter = memoryCounter({ clock: stillClock });
    const { request, response } = failedAnswersGuards({ ...options, name: "failed", counter });
    for (let i = 0; i < 2; i += 1) {
      expect(await spend(request, [exchangeOf()])).toEqual(["continue"]);
      response.head?.(exchangeOf(), { origin: "upstream", status, lines: [] });
    }
    expect(await spend(request, [exchangeOf()])).toEqual([third]);
    expect(await spend(request, [exchangeOf({ clientAddress: "192.0.2.9" })])).toEqual(["continue"]);
  });
});
