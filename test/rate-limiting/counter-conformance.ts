// What every counter must do, whatever it keeps its counts in: run by each implementation's tests.
import { array, assert, asyncProperty, double, integer, nat, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import type { Budget, Counter } from "../../src/rate-limiting/counter.ts";
import { ExactLog } from "./exact-log.ts";

export interface TestClock {
  nowMs: number;
}

export interface Precision {
  /** How much too long a request may count, at most. */
  readonly lateMs: (budget: Budget) => number;
}

const windowMs = 60_000;
const budgetOf = (limit: number, more: Partial<Budget> = {}): Budget => ({ limit, windowMs, keys: "callers", ...more });

/** `make` gives a fresh counter on the given clock. */
export function counterConformance(name: string, make: (clock: TestClock) => Counter, { lateMs }: Precision): void {
  describe(`${name} as a counter`, () => {
    it("lets the limit pass, then refuses until exactly the time it names", async () => {
      const clock = { nowMs: 12_345 };
      const budget = budgetOf(5);
      const counts = make(clock).budget("b", budget);
      for (let i = 0; i < 5; i += 1) {
        expect(await counts.take(["k"])).toMatchObject({ allowed: true, remaining: 4 - i });
        clock.nowMs += 10;
      }
      const refused = await counts.take(["k"]);
      expect(refused).toMatchObject({ allowed: false, remaining: 0 });
      expect(refused.resetMs).toBeGreaterThanOrEqual(windowMs - 50);
      expect(refused.resetMs).toBeLessThanOrEqual(windowMs - 50 + lateMs(budget));
      const before = clock.nowMs;
      clock.nowMs = before + refused.resetMs - 1;
      expect((await counts.take(["k"])).allowed).toBe(false);
      clock.nowMs = before + refused.resetMs;
      expect((await counts.take(["k"])).allowed).toBe(true);
    });

    it("does not count what it refuses, nor a peek", async () => {
      const counts = make({ nowMs: 0 }).budget("b", budgetOf(1));
      expect((await counts.peek(["k"])).remaining).toBe(1);
      expect(await counts.take(["k"])).toMatchObject({ allowed: true });
      const first = await counts.take(["k"]);
      for (let i = 0; i < 50; i += 1) expect(await counts.take(["k"])).toEqual(first);
      expect((await counts.peek(["k"])).allowed).toBe(false);
    });

    it("keeps keys and budgets apart, and the parts of a key", async () => {
      const counter = make({ nowMs: 0 });
      const counts = counter.budget("b", budgetOf(1));
      const keys = [
        ["a"],
        ["b"],
        ["ab"],
        ["a", "b"],
        ["", "ab"],
        ["ab", ""],
        ["a", "", "b"],
        ["a\nb"],
        ["a\u0000b"],
        [],
      ];
      for (const key of keys) expect(await counts.take(key)).toMatchObject({ allowed: true });
      for (const key of keys) expect(await counts.take(key)).toMatchObject({ allowed: false });
      expect((await counter.budget("c", budgetOf(1)).take(["a"])).allowed).toBe(true);
    });

    it("goes on counting where a budget is asked for again, as by a reload", async () => {
      const counter = make({ nowMs: 0 });
      for (let i = 0; i < 3; i += 1) await counter.budget("b", budgetOf(4)).take(["k"]);
      expect(await counter.budget("b", budgetOf(4)).take(["k"])).toMatchObject({ allowed: true, remaining: 0 });
      expect(await counter.budget("b", budgetOf(2)).take(["k"])).toMatchObject({ allowed: false, remaining: 0 });
      expect(await counter.budget("b", budgetOf(9)).take(["k"])).toMatchObject({ allowed: true, remaining: 4 });
    });

    it("keeps what counted before a reload for as long as the new window says", async () => {
      const clock = { nowMs: 0 };
      const counter = make(clock);
      await counter.budget("b", budgetOf(2)).take(["k"]);
      const longer = counter.budget("b", budgetOf(2, { windowMs: 60 * windowMs }));
      await longer.take(["k"]);
      for (let minute = 1; minute < 59; minute += 1) {
        clock.nowMs = minute * windowMs;
        for (let i = 0; i < 10; i += 1) await longer.take([`other ${minute} ${i}`]);
        expect(await longer.take(["k"])).toMatchObject({ allowed: false });
      }
      clock.nowMs = 60 * windowMs + lateMs(budgetOf(2, { windowMs: 60 * windowMs }));
      expect(await longer.take(["k"])).toMatchObject({ allowed: true });
    });

    it("reads a key before it returns: the list is filled anew for the next request", async () => {
      const counts = make({ nowMs: 0 }).budget("b", budgetOf(1));
      const key = ["a"];
      const first = counts.take(key);
      key[0] = "b";
      expect([await first, await counts.take(["a"]), await counts.take(["b"])]).toMatchObject([
        { allowed: true },
        { allowed: false },
        { allowed: true },
      ]);
    });

    it("L05 lets exactly the limit of 500 pass that are asked for at once", async () => {
      const counts = make({ nowMs: 0 }).budget("b", budgetOf(123));
      const all = await Promise.all(Array.from({ length: 500 }, async () => counts.take(["k"])));
      expect(all.filter(({ allowed }) => allowed)).toHaveLength(123);
    });

    const limits = [1, 2, 5, 6, 11, 12, 13, 40, 200].map((limit) => budgetOf(limit));
    const more = [budgetOf(3, { windowMs: 1 }), budgetOf(7, { windowMs: 999 }), budgetOf(30, { windowMs: 1_000_003 })];
    it.each([...limits, ...more])(
      "L06 never lets more than $limit pass in any $windowMs ms, nor refuses one too long: an exact log says when",
      async (budget) => {
        const pauses = double({ min: 0, max: budget.windowMs / 5, noNaN: true });
        const steps = array(tuple(pauses, nat({ max: Math.ceil(budget.limit / 2) })), { maxLength: 40 });
        await assert(
          asyncProperty(steps, integer({ min: 0, max: 1e9 }), async (moves, startMs) => {
            const clock = { nowMs: startMs };
            const counts = make(clock).budget("b", budget);
            const model = new ExactLog(budget);
            const wrong: string[] = [];
            for (const [waitMs, tries] of moves) {
              clock.nowMs += waitMs;
              for (let i = 0; i <= tries; i += 1) {
                const before = model.state(clock.nowMs);
                const certain = model.inWindow(clock.nowMs, lateMs(budget));
                const { allowed, remaining, resetMs } = await counts.take(["k"]);
                if (allowed && !before.allowed) wrong.push(`${clock.nowMs}: more than ${budget.limit}`);
                if (!allowed && certain < budget.limit) wrong.push(`${clock.nowMs}: refused too long`);
                if (allowed) model.passed.push(clock.nowMs);
                const after = model.state(clock.nowMs);
                if (remaining > after.remaining) wrong.push(`${clock.nowMs}: ${remaining} left of ${after.remaining}`);
                if (resetMs < after.resetMs || resetMs > after.resetMs + lateMs(budget)) {
                  wrong.push(`${clock.nowMs}: until ${resetMs} instead of ${after.resetMs}`);
                }
              }
            }
            expect(wrong).toEqual([]);
          }),
          { numRuns: 60 },
        );
      },
    );

    it("Retry-After in whole seconds: after it the next one passes, a second before it does not", async () => {
      const steps = array(nat({ max: 20_000 }), { minLength: 1, maxLength: 60 });
      await assert(
        asyncProperty(steps, integer({ min: 1, max: 12 }), async (pauses, limit) => {
          const clock = { nowMs: 1_000 };
          const counts = make(clock).budget("b", budgetOf(limit));
          for (const pauseMs of pauses) {
            clock.nowMs += pauseMs;
            const { allowed, resetMs } = await counts.take(["k"]);
            if (allowed) continue;
            const seconds = Math.ceil(resetMs / 1000);
            clock.nowMs += (seconds - 1) * 1000;
            expect((await counts.peek(["k"])).allowed).toBe(false);
            clock.nowMs += 1000;
            expect((await counts.peek(["k"])).allowed).toBe(true);
          }
        }),
        { numRuns: 100 },
      );
    });

    it("L10 does not give back, nor forget, when its clock goes back", async () => {
      const clock = { nowMs: 1e9 };
      const counts = make(clock).budget("b", budgetOf(2));
      await counts.take(["k"]);
      clock.nowMs -= 1e8;
      expect(await counts.take(["k"])).toMatchObject({ allowed: true, remaining: 0 });
      expect(await counts.take(["k"])).toMatchObject({ allowed: false });
      clock.nowMs = 1e9 + windowMs + lateMs(budgetOf(2));
      expect((await counts.take(["k"])).allowed).toBe(true);
    });
  });
}
