// Guards what CI says at its end of the checks that failed: the reasons from anywhere in their logs, within the lines that there are.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "./tree.ts";

/** With the 42 lines of the tests' own end, 80 at most. */
const MOST_LINES = 36;
const noise = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `head without failed-authentication | error-unchecked | ${index} ms`);

function said(logs: Readonly<Record<string, readonly string[]>>, ...withoutLog: string[]): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-test-why-"));
  try {
    for (const [name, lines] of Object.entries(logs)) writeFileSync(path.join(folder, `${name}.log`), lines.join("\n"));
    const names = [...withoutLog, ...Object.keys(logs)];
    const { stdout } = spawnSync(process.execPath, [path.join(ROOT, ".ci/why.js"), folder, ...names], {
      encoding: "utf8",
    });
    return stdout.trimEnd().split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it.each([
  "error  portcullis-findings.yaml:3: nothing is found any more that this decides (secrets.credential): take it out",
  "error  getOrder: without audience: nothing notices it",
  "failed: 1 of severity high or over",
  "FAILED: mutants",
  "src/core/guard.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.",
  "  \u001B[31m×\u001B[0m no-floating-promises: await it",
  "Unused exports (1)",
  "npm error code E404",
  "TypeError: Cannot read properties of undefined (reading 'x')",
  ".ci/self-test: line 9: node: command not found",
])("a reason is said though 200 lines follow it: %j", (reason) => {
  const lines = said({ "self-test": [...noise(50), reason, ...noise(200)] });
  expect(lines[0]).toBe("FAILED: self-test");
  // eslint-disable-next-line no-control-regex -- What colours it is not said.
  expect(lines[1]).toBe(`  ${reason.replaceAll(/\u001B\[\d+m/g, "")}`);
  expect(lines.length).toBe(12);
});

it("a grave finding is said with its place", () => {
  const lines = said({ "self-test": ["high  A secret  secrets.key", "  src/a.ts:1", "  Take it out.", ...noise(200)] });
  expect(lines.slice(1, 4)).toEqual([
    "  high  A secret  secrets.key",
    "    src/a.ts:1",
    expect.stringContaining("190 ms"),
  ]);
});

it("where nothing names a reason the last lines are said, and of what has no log the name alone", () => {
  const lines = said({ bench: noise(200) }, "tests");
  expect([lines[0], lines[1], lines.length]).toEqual(["FAILED: tests", "FAILED: bench", 12]);
  expect(lines.at(-1)).toContain("199 ms");
});

it("of many reasons as many are said as have room, how many are left, and the end", () => {
  const many = Array.from({ length: 100 }, (_, index) => `error  case ${index}`);
  const names = ["inspect", "bench", "self-test", "attacks"];
  const lines = said(Object.fromEntries(names.map((name) => [name, [...many, ...noise(20)]])), "tests");
  expect(lines.length).toBeLessThanOrEqual(MOST_LINES);
  for (const name of names) expect(lines[lines.indexOf(`FAILED: ${name}`) + 1]).toBe("  error  case 0");
  expect(lines.slice(-4)).toEqual([
    "  ... and 97 more such lines",
    ...[17, 18, 19].map((index): unknown => expect.stringContaining(`${index} ms`)),
  ]);
});
