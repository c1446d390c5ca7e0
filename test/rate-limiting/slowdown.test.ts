// Throttling: what exceeds the threshold waits, each longer than the one before; nobody waits who has left, and not too many.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Exchange } from "../../src/core/exchange.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { DELAYED_MAX, DELAYED_PER_KEY_MAX } from "../../src/rate-limiting/delay-places.ts";
import { exchangeOf, guardOf, userOf, wordOf } from "./exchanges.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const slowdown = { after: 2, delayMs: 500, delayMaxMs: 1_200 };
const isWaiting = (outcome: Outcome | Promise<Outcome>): outcome is Promise<Outcome> => outcome instanceof Promise;

/** When each outcome came, in milliseconds from now. */
async function times(outcomes: readonly (Outcome | Promise<Outcome>)[], totalMs: number): Promise<(number | string)[]> {
  const seen: (number | string)[] = outcomes.map((outcome) => (isWaiting(outcome) ? "waits" : wordOf(outcome)));
  const start = Date.now();
  outcomes.forEach((outcome, i) => isWaiting(outcome) && void outcome.then(() => (seen[i] = Date.now() - start)));
  await vi.advanceTimersByTimeAsync(totalMs);
  return seen;
}

describe("a limit that slows down", () => {
  it("lets the first ones pass, then each later than the one before, up to the longest delay, then refuses", async () => {
    const guard = guardOf({ limit: 6, slowdown });
    const outcomes = [1, 2, 3, 4, 5, 6, 7].map(() => guard.check(userOf("ann")));
    expect(await times(outcomes, 2_000)).toEqual(["continue", "continue", 500, 1_000, 1_200, 1_200, "limit-exceeded"]);
    expect(wordOf(await outcomes[5]!)).toBe("continue");
  });

  it("keeps others out of it", async () => {
    const guard = guardOf({ limit: 6, slowdown });
    const outcomes = [1, 2, 3].map(() => guard.check(userOf("ann"))).concat(guard.check(userOf("bob")));
    expect(await times(outcomes, 500)).toEqual(["continue", "continue", 500, "continue"]);
  });

  it("says in the record how long it was", async () => {
    const guard = guardOf({ limit: 6, slowdown });
    const exchanges = [1, 2, 3].map(() => userOf("ann"));
    for (const exchange of exchanges) void guard.check(exchange);
    expect(exchanges[2]!.notes).toEqual([{ guard: "rate-limiting.subject", kind: "noticed", text: "waited 500 ms" }]);
  });

  it("only notes it in monitor", () => {
    const guard = guardOf({ limit: 6, slowdown }, { mode: "monitor" });
    const exchanges = [1, 2, 3].map(() => userOf("ann"));
    expect(exchanges.map((exchange) => wordOf(guard.check(exchange) as Outcome))).not.toContain("waits");
    expect(exchanges[2]!.notes).toMatchObject([{ text: "would have waited 500 ms" }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("wakes whose client has left, and keeps no timer for them", async () => {
    const guard = guardOf({ limit: 6, slowdown });
    const exchanges: Exchange[] = [1, 2, 3, 4].map(() => userOf("ann"));
    const outcomes = exchanges.map((exchange) => guard.check(exchange));
    expect(vi.getTimerCount()).toBe(2);
    exchanges[3]!.release();
    await outcomes[3];
    expect(vi.getTimerCount()).toBe(1);
    exchanges[2]!.release();
    await outcomes[2];
    expect(vi.getTimerCount()).toBe(0);
  });

  it(`lets ${DELAYED_PER_KEY_MAX} of one key wait, and ${DELAYED_MAX} of all; a place is free again when one leaves`, async () => {
    const guard = guardOf({ limit: 10_000, slowdown: { after: 1, delayMs: 60_000, delayMaxMs: 60_000 } });
    const count = (asked: number, exchange: () => Exchange) => {
      const outcomes = Array.from({ length: asked }, () => guard.check(exchange()));
      return outcomes.filter(isWaiting).length;
    };
    const anns: Exchange[] = [];
    const ann = () => {
      anns.push(userOf("ann"));
      return anns.at(-1)!;
    };
    expect(count(DELAYED_PER_KEY_MAX + 20, ann)).toBe(DELAYED_PER_KEY_MAX);
    expect(wordOf(guard.check(ann()) as Outcome)).toBe("delayed-too-many");
    let others = 0;
    for (let i = 0; i < 30; i += 1) others += count(DELAYED_PER_KEY_MAX + 1, () => userOf(`user ${i}`));
    expect(others).toBe(DELAYED_MAX - DELAYED_PER_KEY_MAX);
    for (const exchange of anns) exchange.release();
    expect(count(2, () => exchangeOf())).toBe(1);
  });
});
