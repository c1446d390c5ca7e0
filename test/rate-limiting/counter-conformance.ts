// What every counter must do, whatever it keeps its counts in: run by each implementation's tests.
import { array, assert, asyncProperty, integer, nat, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import type { Counter } from "../../src/rate-limiting/counter.ts";

export interface TestClock {
  nowMs: number;
}

/** `make` gives a fresh counter on the given clock. */
export function counterConformance(name: string, make: (clock: TestClock) => Counter): void {
  const windowMs = 60_000;
  describe(`${name} as a counter`, () => {
    it("lets the limit pass, then refuses until exactly the time it names", async () => {
      const clock = { nowMs: 12_345 };
      const counter = make(clock);
      for (let i = 0; i < 5; i += 1) {
        expect(await counter.take("k", { limit: 5, windowMs })).toMatchObject({ allowed: true, remaining: 4 - i });
        clock.nowMs += 10;
      }
      const refused = await counter.take("k", { limit: 5, windowMs });
      expect(refused).toMatchObject({ allowed: false, remaining: 0 });
      const seconds = Math.ceil(refused.resetMs / 1000);
      const before = clock.nowMs;
      clock.nowMs = before + refused.resetMs - 1;
      expect((await counter.take("k", { limit: 5, windowMs })).allowed).toBe(false);
      clock.nowMs = before + seconds * 1000;
      expect((await counter.take("k", { limit: 5, windowMs })).allowed).toBe(true);
    });

    it("does not count what it refuses, nor a peek", async () => {
      const clock = { nowMs: 0 };
      const counter = make(clock);
      const budget = { limit: 1, windowMs };
      expect((await counter.peek("k", budget)).remaining).toBe(1);
      await counter.take("k", budget);
      const first = await counter.take("k", budget);
      for (let i = 0; i < 50; i += 1) await counter.take("k", budget);
      expect(await counter.take("k", budget)).toEqual(first);
      expect((await counter.peek("k", budget)).allowed).toBe(false);
    });

    it("keeps keys apart", async () => {
      const counter = make({ nowMs: 0 });
      await counter.take("a", { limit: 1, windowMs });
      expect((await counter.take("a", { limit: 1, windowMs })).allowed).toBe(false);
      expect((await counter.take("b", { limit: 1, windowMs })).allowed).toBe(true);
    });

    it("L06 never lets more than the limit pass in any window, and frees all of it after one and a fifteenth", async () => {
      const steps = array(tuple(nat({ max: 9_000 }), nat({ max: 6 })), { maxLength: 60 });
      await assert(
        asyncProperty(steps, integer({ min: 1, max: 12 }), async (moves, limit) => {
          const clock = { nowMs: 1_000 };
          const counter = make(clock);
          const passed: number[] = [];
          const wrong: string[] = [];
          for (const [waitMs, tries] of moves) {
            clock.nowMs += waitMs;
            const certain = passed.filter((at) => at > clock.nowMs - windowMs - windowMs / 15).length;
            for (let i = 0; i < tries; i += 1) {
              const inWindow = passed.filter((at) => at > clock.nowMs - windowMs).length;
              const { allowed } = await counter.take("k", { limit, windowMs });
              if (allowed ? inWindow >= limit : certain + i < limit) wrong.push(`${clock.nowMs}: ${allowed}`);
              if (allowed) passed.push(clock.nowMs);
            }
          }
          expect(wrong).toEqual([]);
        }),
        { numRuns: 200 },
      );
    });
  });
}
