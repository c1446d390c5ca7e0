// Requests at once: places are taken and given back, the queue is bounded in length and time, and nobody waits who has left.
import { array, assert, asyncProperty, constantFrom, nat, record } from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Exchange } from "../../src/core/exchange.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { concurrencyGuard, type ConcurrencyLimit } from "../../src/rate-limiting/index.ts";
import { Lanes } from "../../src/rate-limiting/lanes.ts";
import { bySubject, exchangeOf, userOf, wordOf } from "./exchanges.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const guardOf = (limit: Partial<ConcurrencyLimit>, mode: "enforce" | "monitor" = "enforce") =>
  concurrencyGuard({
    limit: { limit: 2, queue: 0, timeoutMs: 1_000, ...limit },
    name: "concurrency",
    lanes: new Lanes(),
    mode,
  });

const settled = async (outcome: Outcome | Promise<Outcome>): Promise<string> => {
  const word = Promise.resolve(outcome).then(wordOf);
  return Promise.race([word, vi.advanceTimersByTimeAsync(0).then(() => "waits")]);
};

describe("a limit of requests at once", () => {
  it.each([
    ["all together: 503, the room is ours", undefined, "capacity-exceeded"],
    ["of one caller: 429, the haste is theirs", bySubject, "concurrency-exceeded"],
  ])("%s", async (_whose, key, reason) => {
    const guard = guardOf({ key });
    const exchanges = [1, 2, 3].map(() => userOf("ann"));
    const said = exchanges.map((exchange) => wordOf(guard.check(exchange) as Outcome));
    expect(said).toEqual(["continue", "continue", reason]);
    expect(guard.check(userOf("ann"))).toMatchObject({ lines: ["Retry-After", "1"] });
    expect(wordOf(guard.check(userOf("bob")) as Outcome)).toBe(key === undefined ? reason : "continue");
    exchanges[0]!.release();
    expect(wordOf(guard.check(userOf("ann")) as Outcome)).toBe("continue");
  });

  it("counts who is not known by address, or not at all", async () => {
    const [falling, not] = [guardOf({ limit: 1, key: bySubject }), guardOf({ limit: 1, key: { parts: ["subject"] } })];
    const said = [falling, falling, not, not].map((guard) => wordOf(guard.check(exchangeOf()) as Outcome));
    expect(said).toEqual(["continue", "concurrency-exceeded", "continue", "continue"]);
  });

  it("lets some wait, in their order, and refuses when the queue is full or took too long", async () => {
    const guard = guardOf({ limit: 1, queue: 2 });
    const exchanges = [1, 2, 3, 4].map(() => exchangeOf());
    const outcomes = exchanges.map((exchange) => guard.check(exchange));
    expect(wordOf(outcomes[3] as Outcome)).toBe("capacity-exceeded");
    expect(await settled(outcomes[1]!)).toBe("waits");
    await vi.advanceTimersByTimeAsync(900);
    exchanges[0]!.release();
    expect([await settled(outcomes[1]!), await settled(outcomes[2]!)]).toEqual(["continue", "waits"]);
    await vi.advanceTimersByTimeAsync(100);
    expect(await outcomes[2]).toMatchObject({
      reason: "rate-limiting.capacity-exceeded",
      internal: "waited 1000 ms in the queue",
    });
    exchanges[1]!.release();
    expect(wordOf(guard.check(exchangeOf()) as Outcome)).toBe("continue");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("gives the place of one who left the queue to the next", async () => {
    const guard = guardOf({ limit: 1, queue: 2 });
    const exchanges = [1, 2, 3].map(() => exchangeOf());
    const outcomes = exchanges.map((exchange) => guard.check(exchange));
    exchanges[1]!.release();
    exchanges[0]!.release();
    expect(await settled(outcomes[2]!)).toBe("continue");
    exchanges[2]!.release();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not hold a place for an exchange that has ended before it came", () => {
    const guard = guardOf({ limit: 1 });
    const ended = exchangeOf();
    ended.release();
    void guard.check(ended);
    expect(wordOf(guard.check(exchangeOf()) as Outcome)).toBe("continue");
  });

  it("keeps nobody waiting in monitor", () => {
    const guard = guardOf({ limit: 1, queue: 5 }, "monitor");
    const said = [1, 2].map(() => wordOf(guard.check(exchangeOf()) as Outcome));
    expect(said).toEqual(["continue", "capacity-exceeded"]);
  });
});

const LIMITS = { limit: 3, queue: 2, timeoutMs: 1_000 };

describe("lanes, whatever happens", () => {
  it("know who is at work when a policy with other numbers takes over", async () => {
    const lanes = new Lanes();
    const before = { limit: 3, queue: 1, timeoutMs: 1_000 };
    const [a, b, c, d] = [1, 2, 3, 4].map(() => exchangeOf()) as [Exchange, Exchange, Exchange, Exchange];
    for (const exchange of [a, b, c]) expect(lanes.enter(exchange, "", before, true)).toBe("admitted");
    const fewer = lanes.enter(d, "", { ...before, limit: 1 }, true);
    a.release();
    b.release();
    expect(await Promise.race([fewer, vi.advanceTimersByTimeAsync(0).then(() => "waits")])).toBe("waits");
    c.release();
    expect(await fewer).toBe("admitted");
    d.release();
    expect(lanes.size).toBe(0);
  });

  const steps = array(
    record({ what: constantFrom("enter", "enter", "end", "pass"), key: nat({ max: 2 }), which: nat() }),
    {
      maxLength: 200,
    },
  );

  it("never admit more than the limit, never let more wait than the queue holds, and end empty", async () => {
    await assert(
      asyncProperty(steps, async (moves) => {
        const lanes = new Lanes();
        const open = new Map<Exchange, { key: number; state: string }>();
        const inState = (key: number, state: string) =>
          [...open.values()].filter((one) => one.key === key && one.state === state).length;
        for (const { what, key, which } of moves) {
          if (what === "enter") {
            const exchange = exchangeOf();
            const one = { key, state: "waits" };
            open.set(exchange, one);
            const admission = lanes.enter(exchange, String(key), LIMITS, true);
            if (typeof admission === "string") one.state = admission;
            else void admission.then((late) => (one.state = late));
          } else if (what === "end" && open.size > 0) {
            const exchange = [...open.keys()][which % open.size]!;
            open.delete(exchange);
            exchange.release();
          } else {
            await vi.advanceTimersByTimeAsync(which % 700);
          }
          await vi.advanceTimersByTimeAsync(0);
          for (const lane of [0, 1, 2]) {
            expect(inState(lane, "admitted")).toBeLessThanOrEqual(3);
            expect(inState(lane, "waits")).toBeLessThanOrEqual(2);
            expect(inState(lane, "waits") > 0 && inState(lane, "admitted") < 3).toBe(false);
          }
        }
        for (const exchange of open.keys()) exchange.release();
        expect([lanes.size, vi.getTimerCount()]).toEqual([0, 0]);
      }),
      { numRuns: 100 },
    );
  });
});
