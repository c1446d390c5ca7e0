// Guards that the dashboard can be read: by whoever has several gateways, one that just started, or one to which nothing happened.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ask } from "../gateway/harness.ts";
import { configurationOf, documentOf, startReloadable } from "../gateway/reloading.ts";
import { asked, labelsIn, panels, targets } from "./dashboard.ts";

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

/** What a panel's first question answers at a minute, by label, of samples each 15 s. */
interface Bar {
  readonly panel: string;
  readonly series: string;
  readonly samples: string;
  readonly bars: readonly (readonly [minute: number, told: string, value: number | undefined])[];
}

const ALERTS = 'portcullis_detections_total{instance="a",rule="scanning",level="medium",mode="enforce"}';
const FAULTS = 'portcullis_guard_faults_total{instance="a",guard="validation.body"}';
const DEAD = 'portcullis_sink_dead_total{instance="a",sink="siem"}';

describe.skipIf(spawnSync("promtool", ["--version"]).status !== 0)("bars (skipped without promtool)", () => {
  it.each<[string, Bar]>([
    [
      "a rise in the bar of its minute, and in no other",
      {
        panel: "Alerts",
        series: ALERTS,
        samples: "0x7 2x8",
        bars: [
          [1, '{rule="scanning"}', undefined],
          [2, '{rule="scanning"}', 2],
          [3, '{rule="scanning"}', undefined],
        ],
      },
    ],
    [
      "what had no series before",
      {
        panel: "Guards that failed",
        series: FAULTS,
        samples: "_x8 1x8",
        bars: [
          [2, '{guard="validation.body"}', 1],
          [3, '{guard="validation.body"}', undefined],
        ],
      },
    ],
    [
      "what began anew with its process",
      {
        panel: "Alerts",
        series: ALERTS,
        samples: "7x7 2x8",
        bars: [
          [1, '{rule="scanning"}', undefined],
          [2, '{rule="scanning"}', 2],
          [3, '{rule="scanning"}', undefined],
        ],
      },
    ],
    [
      "nothing twice of what is counted on over restarts",
      {
        panel: "Not delivered",
        series: DEAD,
        samples: "7 7 stale _x2 7x5 8x8",
        bars: [
          [2, '{sink="siem"}', undefined],
          [3, '{sink="siem"}', 1],
        ],
      },
    ],
  ])("show %s", (_, { panel, series, samples, bars }) => {
    const question = panels().find(({ title }) => title === panel)?.targets?.[0]?.expr as string;
    const folder = mkdtempSync(path.join(tmpdir(), "portcullis-dashboard-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const tests = bars.map(([minute, labels, value]) => ({
      expr: asked(question),
      eval_time: `${minute}m`,
      exp_samples: value === undefined ? [] : [{ labels, value }],
    }));
    const file = { tests: [{ interval: "15s", input_series: [{ series, values: samples }], promql_expr_test: tests }] };
    writeFileSync(path.join(folder, "bars.yaml"), JSON.stringify(file));
    const told = spawnSync("promtool", ["test", "rules", "bars.yaml"], { cwd: folder, encoding: "utf8" });
    expect(told.stdout + told.stderr).not.toMatch(/FAILED/u);
    expect(told.status).toBe(0);
  });
});
