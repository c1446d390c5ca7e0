// Which exchanges are traced: by the caller's flag, by a ratio, and never more than allowed, whatever callers say.
import { describe, expect, it } from "vitest";
import { TraceSampler } from "../../src/monitoring/index.ts";
import { continueTrace } from "../../src/http/trace-context.ts";
import { exchangeOf } from "./exchanges.ts";

function sampler(
  ratio: number,
  perSecondMax = 1_000_000,
): { begin: (traceparent?: string) => { sampled: boolean; flags: string }; tick: () => void } {
  let now = 0;
  const under = new TraceSampler({ ratio, perSecondMax }, { nowMs: () => now, monotonicMs: () => now });
  return {
    begin(traceparent) {
      const exchange = exchangeOf();
      exchange.trace = continueTrace(traceparent);
      under.begin(exchange);
      return { sampled: exchange.timing !== undefined, flags: exchange.trace.flags };
    },
    tick: () => (now += 1_000),
  };
}

const asked = (flags: string): string => `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-${flags}`;

describe("a trace", () => {
  it.each([
    ["01", true, "01"],
    ["03", true, "03"],
    ["00", false, "00"],
    ["02", false, "02"],
    ["ff", true, "03"],
  ])("of a caller with flags %s is sampled: %s, and goes on with %s", (flags, sampled, after) => {
    for (const ratio of [0, 1]) expect(sampler(ratio).begin(asked(flags))).toEqual({ sampled, flags: after });
  });

  it.each([
    [0, 0, 0],
    [1, 4_000, 4_000],
    [0.25, 850, 1_150],
  ])("that begins here is sampled with ratio %s", (ratio, least, most) => {
    const { begin } = sampler(ratio);
    const found = Array.from({ length: 4_000 }, () => begin());
    const count = found.filter(({ sampled }) => sampled).length;
    expect(count).toBeGreaterThanOrEqual(least);
    expect(count).toBeLessThanOrEqual(most);
    expect(found.every(({ sampled, flags }) => flags === (sampled ? "01" : "00"))).toBe(true);
  });

  it("is not sampled beyond what a second may have, though every caller asks for it", () => {
    const { begin, tick } = sampler(1, 3);
    const second = () => Array.from({ length: 5 }, () => begin(asked("01")).flags);
    expect(second()).toEqual(["01", "01", "01", "00", "00"]);
    tick();
    expect(second()).toEqual(["01", "01", "01", "00", "00"]);
  });

  it("that is none is left alone", () => {
    const exchange = exchangeOf();
    new TraceSampler({ ratio: 1, perSecondMax: 1 }, { nowMs: () => 0, monotonicMs: () => 0 }).begin(exchange);
    expect(exchange.timing).toBeUndefined();
  });
});
