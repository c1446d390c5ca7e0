// The counter in memory: the conformance suite, its bounds, and the keyed hash under it.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { HalfSipHash } from "../../src/cryptography/half-sip-hash.ts";
import type { CounterState } from "../../src/rate-limiting/counter.ts";
import { memoryCounter } from "../../src/rate-limiting/memory-counter.ts";
import { counterConformance, type TestClock } from "./counter-conformance.ts";

const collectGarbage = (): void => {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
};

const on = (clock: TestClock) => ({ nowMs: () => 0, monotonicMs: () => clock.nowMs });
counterConformance("memory", (clock) => memoryCounter({ clock: on(clock) }));

const budget = { limit: 3, windowMs: 60_000 };

describe("the memory counter", () => {
  it("L07 when full, newcomers of one prefix share a budget, and who is over the limit stays so", () => {
    const clock = { nowMs: 0 };
    const counter = memoryCounter({ clock: on(clock), keysMax: 100 });
    const take = (key: string) => counter.take(key, budget) as CounterState;
    for (let i = 0; i < 4; i += 1) take("s\na\n10.0.0.0");
    for (let i = 1; i < 100; i += 1) expect(take(`s\na\n10.0.0.${i}`).allowed).toBe(true);
    const newcomers = Array.from({ length: 10 }, (_, i) => take(`s\na\n203.0.113.${i}`).allowed);
    expect(newcomers.filter(Boolean)).toHaveLength(3);
    expect(take("s\na\n198.51.100.1").allowed).toBe(true);
    expect(take("s\na\n10.0.0.0").allowed).toBe(false);
    clock.nowMs = 65_000;
    expect(take("s\na\n203.0.113.200").allowed).toBe(true);
  });

  it("L07 keeps who is over the limit through floods of other keys and its own ageing", () => {
    const clock = { nowMs: 0 };
    const counter = memoryCounter({ clock: on(clock), keysMax: 1_000 });
    const take = (key: string) => counter.take(key, budget) as CounterState;
    clock.nowMs = 63_000;
    for (let i = 0; i < 3; i += 1) expect(take("victim").allowed).toBe(true);
    clock.nowMs = 64_500;
    for (let i = 0; i < 3_000; i += 1) take(`flood ${i}`);
    expect(take("victim").allowed).toBe(false);
    clock.nowMs = 122_000;
    for (let i = 0; i < 3_000; i += 1) take(`flood ${i}`);
    expect(take("victim").allowed).toBe(false);
    clock.nowMs = 63_000 + 64_001;
    expect(take("victim").allowed).toBe(true);
  });

  it("L07 takes at most 100 MB for a million keys, and little for a few", async () => {
    const clock = { nowMs: 0 };
    const before = process.memoryUsage().arrayBuffers;
    const counter = memoryCounter({ clock: on(clock) });
    void counter.take("one", { limit: 1_000, windowMs: 60_000 });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000);
    for (let i = 0; i < 1_000_000; i += 1) void counter.take(`rate\na\n${i}`, { limit: 1_000, windowMs: 60_000 });
    // The table before the last growth is given back by a thread of V8's, some time after the collection.
    const grown = () => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers - before;
    };
    await expect.poll(grown, { timeout: 10_000 }).toBeLessThan(100_000_000);
    expect(counter.peek("rate\na\n999", { limit: 1_000, windowMs: 60_000 })).toMatchObject({ remaining: 999 });
  });

  it("L10 does not hear the wall clock", () => {
    let wall = 1e12;
    const counter = memoryCounter({ clock: { nowMs: () => (wall += 3.6e6), monotonicMs: () => 5 } });
    for (let i = 0; i < 3; i += 1) void counter.take("k", budget);
    expect(counter.take("k", budget)).toMatchObject({ allowed: false });
  });
});

describe("HalfSipHash-2-4", () => {
  it("gives the reference's value for the empty text under the key 00 01 … 07", () => {
    const hash = new HalfSipHash(0x03020100, 0x07060504);
    hash.hash("");
    expect([hash.low.toString(16), hash.high.toString(16)]).toEqual(["591f8d21", "c83cb8b9"]);
  });

  it("gives another value for each key and text", () => {
    const one = new HalfSipHash(1, 2);
    const other = new HalfSipHash(1, 3);
    const seen = new Set<string>();
    for (const hash of [one, other]) {
      for (const text of ["", "a", "b", "ab", "ba", "a\u0000", "\u0000a", "abc", "a".repeat(1000)]) {
        hash.hash(text);
        seen.add(`${hash.low}.${hash.high}`);
      }
    }
    expect(seen.size).toBe(18);
  });
});
