// What detections remember of groups is bounded: by how many there are, and by how long ago they were met.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { Keyed } from "../../../src/monitoring/detection/keyed.ts";

const keyed = (keysMax: number, keepMs: number) => new Keyed({ keysMax, keepMs, make: () => ({ events: 0 }) });

describe("state of groups", () => {
  it("is the same for who is met again in time, however often others come", () => {
    const state = keyed(100, 1_000);
    const first = state.of("a", 0);
    for (let timeMs = 900; timeMs < 100_000; timeMs += 900) {
      state.of(`other ${timeMs}`, timeMs);
      expect(state.of("a", timeMs)).toBe(first);
    }
  });

  it("is kept for the whole timespan after the last event, and forgotten within as long again", () => {
    for (const beganMs of [0, 1, 500, 999]) {
      const state = keyed(100, 1_000);
      state.of("clock", 0);
      const mine = state.of("a", beganMs);
      expect(state.of("a", beganMs + 1_000)).toBe(mine);
      state.of("clock", beganMs + 2_001);
      state.of("clock", beganMs + 3_001);
      expect(state.peek("a")).toBeUndefined();
    }
  });

  it("grows with who is there, not with all who ever were", () => {
    const state = keyed(100_000, 1_000);
    let largest = 0;
    for (let timeMs = 0; timeMs < 50_000; timeMs += 1) {
      state.of(`visitor ${timeMs}`, timeMs);
      largest = Math.max(largest, state.size);
    }
    expect(largest).toBeLessThanOrEqual(2_000);
    expect(state.forgotten).toBe(0);
  });

  it("never holds more than so many, and says how many had to go", () => {
    const state = keyed(160, 1_000_000);
    for (let i = 0; i < 1_000; i += 1) state.of(`flood ${i}`, i);
    expect(state.size).toBeLessThanOrEqual(160);
    expect(state.forgotten).toBe(1_000 - state.size);
    expect(state.peek("flood 999")).toBeDefined();
    state.delete("flood 999");
    expect(state.peek("flood 999")).toBeUndefined();
  });

  it("keeps nothing of the longer texts that names of groups are parts of, also of who is met again", () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const state = keyed(10_000, 1_000);
    const address = (i: number) => `${"x".repeat(6_000)}, 198.51.${100 + (i >> 7)}.${100 + (i & 127)}`.split(", ")[1];
    collect();
    const before = process.memoryUsage().heapUsed;
    for (const timeMs of [0, 1_500]) for (let i = 0; i < 2_000; i += 1) state.of(address(i) as string, timeMs);
    collect();
    expect(state.size).toBe(2_000);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(4 * 1024 * 1024);
  });

  it("bears a clock that is set back", () => {
    const state = keyed(10, 1_000);
    const mine = state.of("a", 1_000_000);
    expect(state.of("a", 5)).toBe(mine);
    expect(state.of("a", 1_000_500)).toBe(mine);
  });
});
