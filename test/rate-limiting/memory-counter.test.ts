// The counter in memory: the conformance suite, its bounds, what happens where there is no more room.
import { array, assert, double, integer, nat, property, record, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import type { Budget, CounterState } from "../../src/rate-limiting/counter.ts";
import { EXACT_MAX, memoryCounter } from "../../src/rate-limiting/memory-counter.ts";
import { counterConformance, type TestClock } from "./counter-conformance.ts";
import { ExactLog } from "./exact-log.ts";

const on = (clock: TestClock) => ({ nowMs: () => 0, monotonicMs: () => clock.nowMs });
const DAY_MS = 86_400_000;

/** Times are whole milliseconds, rounded up when they are kept and down when they are compared. */
counterConformance("memory", (clock) => memoryCounter({ clock: on(clock) }), { lateMs: () => 2 });

const budget: Budget = { limit: 3, windowMs: 60_000, keys: "callers" };
const addresses: Budget = { ...budget, keys: "addresses" };

describe("limits too large for exact times", () => {
  it.each([EXACT_MAX + 1, 5_000])("L06 a limit of %d counts to a thousandth of the window", (limit) => {
    const steps = array(tuple(double({ min: 0, max: 9_000, noNaN: true }), nat({ max: 900 })), { maxLength: 40 });
    assert(
      property(steps, (moves) => {
        const clock = { nowMs: 0 };
        const windowMs = 60_000;
        const counts = memoryCounter({ clock: on(clock) }).budget("b", { ...budget, limit });
        const model = new ExactLog({ limit, windowMs });
        const wrong: string[] = [];
        for (const [waitMs, tries] of moves) {
          clock.nowMs += waitMs;
          const sure = model.inWindow(clock.nowMs, windowMs / 1000 + 2);
          let inside = model.inWindow(clock.nowMs);
          for (let i = 0; i < tries; i += 1) {
            const { allowed } = counts.take(["k"]) as CounterState;
            if (allowed ? inside >= limit : sure + i < limit) wrong.push(`${clock.nowMs}: ${allowed}`);
            if (!allowed) break;
            inside += 1;
            model.passed.push(clock.nowMs);
          }
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});

describe("many keys at once, and little room", () => {
  const moves = array(
    record({ waitMs: nat({ max: 30_000 }), key: nat({ max: 40 }), tries: integer({ min: 1, max: 30 }) }),
    {
      maxLength: 120,
    },
  );

  it.each([
    ["room", 1_000, 2],
    // Nobody waits longer than a quarter of the window beyond it.
    ["no room for exact times", 40, 60_000 / 4 + 2],
  ])("L07 with %s each key is held to its own limit", (_room, keysMax, lateMs) => {
    assert(
      property(moves, (steps) => {
        const clock = { nowMs: 0 };
        const counts = memoryCounter({ clock: on(clock), keysMax }).budget("b", { ...budget, limit: 25 });
        const models = new Map<number, ExactLog>();
        const wrong: string[] = [];
        for (const { waitMs, key, tries } of steps) {
          clock.nowMs += waitMs / 10;
          const model = models.get(key) ?? new ExactLog({ limit: 25, windowMs: 60_000 });
          models.set(key, model);
          for (let i = 0; i < tries; i += 1) {
            clock.nowMs += 1;
            const before = model.inWindow(clock.nowMs);
            const { allowed } = counts.take([String(key)]) as CounterState;
            if (allowed && before >= 25) wrong.push(`${key}: more than 25`);
            const isShared = models.size > keysMax - 1;
            if (!allowed && !isShared && model.inWindow(clock.nowMs, lateMs) < 25)
              wrong.push(`${key}: refused too long`);
            if (allowed) model.passed.push(clock.nowMs);
          }
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("L07 when full, newcomers of one network share a budget, and who is over the limit stays so", () => {
    const clock = { nowMs: 0 };
    const counts = memoryCounter({ clock: on(clock), keysMax: 100 }).budget("s", addresses);
    const take = (address: string) => counts.take([address]) as CounterState;
    for (let i = 0; i < 4; i += 1) take("10.0.0.0");
    for (let i = 1; i < 75; i += 1) expect(take(`10.0.0.${i}`).allowed).toBe(true);
    const newcomers = Array.from({ length: 10 }, (_, i) => take(`203.0.113.${i}`).allowed);
    expect(newcomers.filter(Boolean)).toHaveLength(3);
    expect(take("198.51.100.1").allowed).toBe(true);
    expect([take("2001:db8:1::/64").allowed, take("2001:db8:2::/64").remaining]).toEqual([true, 1]);
    expect(take("10.0.0.0").allowed).toBe(false);
    clock.nowMs = 60_001;
    expect(take("203.0.113.200").remaining).toBe(2);
  });

  it("L07 a newcomer that shared a budget has no second one when there is room again", () => {
    const clock = { nowMs: 0 };
    const counts = memoryCounter({ clock: on(clock), keysMax: 100 }).budget("s", addresses);
    const take = (address: string) => counts.take([address]) as CounterState;
    for (let i = 0; i < 75; i += 1) take(`10.0.0.${i}`);
    clock.nowMs = 59_000;
    for (let i = 0; i < 3; i += 1) expect(take("203.0.113.9").allowed).toBe(true);
    clock.nowMs = 60_500;
    expect(take("203.0.113.9")).toMatchObject({ allowed: false });
    expect((counts.peek(["203.0.113.9"]) as CounterState).allowed).toBe(false);
    clock.nowMs = 59_000 + 60_001;
    expect(take("203.0.113.9")).toMatchObject({ allowed: true, remaining: 2 });
  });

  it("L07 a flood of addresses leaves room for callers", () => {
    const counter = memoryCounter({ clock: on({ nowMs: 0 }), keysMax: 1_000 });
    const strangers = counter.budget("a", addresses);
    for (let i = 0; i < 5_000; i += 1) void strangers.take([`203.0.${i >> 8}.${i & 255}`]);
    const users = counter.budget("u", { ...budget, limit: 1 });
    const users250 = Array.from({ length: 250 }, (_, i) => users.take([`user-${i}`]) as CounterState);
    expect(users250.every(({ allowed }) => allowed)).toBe(true);
  });

  it("L07 keeps who is over the limit through floods of other keys", () => {
    const clock = { nowMs: 0 };
    const counts = memoryCounter({ clock: on(clock), keysMax: 1_000 }).budget("b", budget);
    const take = (key: string) => (counts.take([key]) as CounterState).allowed;
    clock.nowMs = 63_000;
    for (let i = 0; i < 3; i += 1) expect(take("victim")).toBe(true);
    clock.nowMs = 64_500;
    for (let i = 0; i < 3_000; i += 1) take(`flood ${i}`);
    expect(take("victim")).toBe(false);
    clock.nowMs = 122_000;
    for (let i = 0; i < 3_000; i += 1) take(`flood ${i}`);
    expect(take("victim")).toBe(false);
    clock.nowMs = 63_000 + 60_001;
    expect(take("victim")).toBe(true);
  });

  it("keeps counting over the months: times are numbered anew", () => {
    const clock = { nowMs: 0 };
    const counter = memoryCounter({ clock: on(clock) });
    const long = counter.budget("long", { ...budget, windowMs: 20 * DAY_MS });
    const short = counter.budget("short", budget);
    for (let day = 0; day < 200; day += 5) {
      clock.nowMs = day * DAY_MS;
      const taken = [long.take(["k"]), long.take([`k${day}`]), short.take(["k"]), short.take(["k"])];
      const allowed = taken.map((state) => (state as CounterState).allowed);
      // Three in any 20 days: days 0, 5, 10, not 15, then 20, 25, 30, not 35.
      expect({ day, allowed }).toEqual({ day, allowed: [day % 20 !== 15, true, true, true] });
    }
  });

  it.each([0, -1, 0.5, 2 ** 31, Number.NaN])("takes no window of %d ms", (windowMs) => {
    expect(() => memoryCounter({ clock: on({ nowMs: 0 }) }).budget("b", { ...budget, windowMs })).toThrow("24 days");
  });
});

describe("clocks", () => {
  it("L10 does not hear the wall clock", () => {
    let wall = 1e12;
    const clock = { nowMs: () => (wall += 3.6e6), monotonicMs: () => 5 };
    const counts = memoryCounter({ clock }).budget("b", budget);
    for (let i = 0; i < 3; i += 1) void counts.take(["k"]);
    expect(counts.take(["k"])).toMatchObject({ allowed: false });
  });
});
