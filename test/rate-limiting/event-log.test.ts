// The log behind the counter in memory, against a plain list: nothing is lost, nothing leaks, and without room it is coarse.
import { array, assert, constantFrom, integer, nat, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { Cells } from "../../src/rate-limiting/cells.ts";
import { COARSE_PARTS, EventLogs } from "../../src/rate-limiting/event-log.ts";

const WINDOW_MS = 4_000;
/** What events without room are late, at most. */
const PART_MS = WINDOW_MS / COARSE_PARTS;
const step = record({
  what: constantFrom("add", "add", "add", "drop", "coarsen", "shift", "free"),
  key: nat({ max: 3 }),
  by: nat({ max: 400 }),
  count: integer({ min: 1, max: 5 }),
});

interface Kept {
  readonly cell: number;
  /** True times of what is counted, in their order. */
  times: number[];
}

describe("event logs", () => {
  it.each([
    ["room enough", 10_000, 0],
    ["hardly any room", 12, PART_MS],
  ])("with %s count what a list counts, and give back every cell", (_room, cellsMax, lateMs) => {
    assert(
      property(array(step, { maxLength: 300 }), (steps) => {
        const cells = new Cells(cellsMax);
        const logs = new EventLogs(cells, 0);
        let now = 100_000;
        let coarse = lateMs;
        const keys: Kept[] = [0, 1, 2, 3].map(() => ({ cell: cells.take(), times: [] as number[] }));
        for (const [i, { cell }] of keys.entries()) logs.make(cell, i, i + 9, i);
        for (const { what, key, by, count } of steps) {
          now += by;
          const kept = keys[key] as Kept;
          logs.drop(kept.cell, now - WINDOW_MS);
          kept.times = kept.times.filter((at) => at > now - WINDOW_MS - coarse);
          if (what === "add") {
            logs.add(kept.cell, now, count, WINDOW_MS);
            for (let i = 0; i < count; i += 1) kept.times.push(now);
          } else if (what === "coarsen") {
            logs.coarsen(kept.cell, WINDOW_MS);
            coarse = PART_MS;
          } else if (what === "shift" && keys.every(({ times }) => (times[0] ?? 1e9) > PART_MS)) {
            for (const one of keys) {
              logs.shift(one.cell, PART_MS);
              one.times = one.times.map((at) => at - PART_MS);
            }
            now -= PART_MS;
          }
          const sure = kept.times.filter((at) => at > now - WINDOW_MS).length;
          const total = logs.total(kept.cell);
          expect(total).toBeGreaterThanOrEqual(sure);
          expect(total).toBeLessThanOrEqual(kept.times.length);
          const oldest = kept.times.slice(-total)[0];
          if (total === 0) continue;
          expect(logs.oldest(kept.cell)).toBeGreaterThanOrEqual(oldest as number);
          expect(logs.oldest(kept.cell)).toBe(logs.timeOf(kept.cell, 1));
          expect(logs.lastTime(kept.cell)).toBeLessThanOrEqual((kept.times.at(-1) as number) + coarse);
        }
        for (const [i, { cell }] of keys.entries()) {
          expect([logs.is(cell, i, i + 9), logs.low(cell), logs.budget(cell)]).toEqual([true, i, i]);
          logs.drop(cell, now + WINDOW_MS);
          expect(logs.total(cell)).toBe(0);
          logs.free(cell);
          cells.give(cell);
        }
        expect(cells.left).toBe(cellsMax);
      }),
      { numRuns: 300 },
    );
  });
});
