// Guards that the dashboard can be read: by whoever has several gateways, one that just started, or one to which nothing happened.
import { describe, expect, it } from "vitest";
import { ask } from "../gateway/harness.ts";
import { configurationOf, documentOf, startReloadable } from "../gateway/reloading.ts";
import { labelsIn, panels, targets } from "./dashboard.ts";

/** Metrics with a value before anything happened. */
async function shownAtOnce(): Promise<ReadonlySet<string>> {
  const { gateway } = await startReloadable({
    "api.yaml": documentOf("a, b"),
    "portcullis.yaml": configurationOf("http://127.0.0.1:1", ""),
  });
  const { body } = await ask(`${gateway.adminUrl}/metrics`);
  return new Set([...body.matchAll(/^([a-z][a-z0-9_]+)[ {]/gmu)].map(([, name]) => name as string));
}

describe("the dashboard", () => {
  it("has panels that do not overlap", () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos: at } of panels()) {
      for (let x = at.x; x < at.x + at.w; x += 1) {
        for (let y = at.y; y < at.y + at.h; y += 1) {
          expect([title, taken.get(`${x} ${y}`)]).toEqual([title, undefined]);
          taken.set(`${x} ${y}`, title);
        }
      }
      expect(at.x + at.w).toBeLessThanOrEqual(24);
    }
  });

  it("adds instances up, or tells them apart", () => {
    const mixed = targets().filter((target) => {
      const isAdded = /\b(?:sum|min|max|histogram_quantile)\b/u.test(target.expr);
      return isAdded === labelsIn(target).includes("instance");
    });
    expect(mixed).toEqual([]);
  });

  it("names in its legends what it keeps apart, and nothing else", () => {
    const unclear = targets().filter((target) => {
      const kept = [...target.expr.matchAll(/\bby \(([^)]*)\)/gu)].flatMap(([, names]) =>
        (names as string).split(", "),
      );
      // What label_replace and label_join are told.
      const joined = [...target.expr.matchAll(/"(\w+)"/gu)].map(([, name]) => name);
      const named = labelsIn(target);
      return (
        kept.some((name) => name !== "le" && !named.includes(name) && !joined.includes(name)) ||
        named.some((name) => name !== "instance" && !kept.includes(name) && !joined.includes(name))
      );
    });
    expect(unclear).toEqual([]);
  });

  it("says in words what an empty panel means, where nothing has to have happened", async () => {
    const shown = await shownAtOnce();
    expect(shown.size).toBeGreaterThan(20);
    const isAlwaysThere = ({ expr }: { expr: string }) =>
      !expr.includes("> 0") &&
      (expr.match(/\b(?:portcullis|http|nodejs|process|v8js)_\w+/gu) ?? []).every((name) => shown.has(name));
    const silent = panels().filter(
      ({ targets: asks, fieldConfig }) =>
        asks !== undefined && !asks.some(isAlwaysThere) && fieldConfig?.defaults.noValue === undefined,
    );
    expect(silent.map(({ title }) => title)).toEqual([]);
  });

  it("has bounds of its own for what is coloured by them: Grafana's are 80 and red", () => {
    const bare = panels().filter(
      ({ type, fieldConfig }) => type === "stat" && fieldConfig?.defaults.thresholds === undefined,
    );
    expect(bare.map(({ title }) => title)).toEqual([]);
  });
});
