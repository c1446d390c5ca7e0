// Guards the end of what CI prints: each failed test with its reason, bounded, then the count alone on the last line.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "./tree.ts";

type Case = readonly [fullName: string, status: string, why?: string];
interface File {
  readonly tests: readonly Case[];
  readonly message?: string;
}

function counted(files: Readonly<Record<string, File>>, success = false): { lines: string[]; code: number | null } {
  const testResults = Object.entries(files).map(([name, { tests, message = "" }]) => ({
    name: path.join(ROOT, name),
    status: message === "" && tests.every(([, status]) => status !== "failed") ? "passed" : "failed",
    message,
    assertionResults: tests.map(([fullName, status, why]) => ({ fullName, status, failureMessages: why ? [why] : [] })),
  }));
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-test-count-"));
  try {
    const report = path.join(folder, "results.json");
    writeFileSync(report, JSON.stringify({ success, testResults }));
    const { stdout, status } = spawnSync(process.execPath, [path.join(ROOT, ".ci/count.js"), report], {
      cwd: ROOT,
      encoding: "utf8",
    });
    return { lines: stdout.trimEnd().split("\n"), code: status };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it("where nothing failed it is the count alone", () => {
  const tests: Case[] = [
    ["a", "passed"],
    ["b", "skipped"],
  ];
  expect(counted({ "test/a.test.ts": { tests } }, true)).toEqual({ lines: ["1 passed, 0 failed, 1 skipped"], code: 0 });
});

it("a test that failed is told with its file and why, and so is a file that could not be run", () => {
  const why = `AssertionError: expected \u001B[32m1\u001B[39m to be 2\n\n    at ${ROOT}/test/a.ts:3:4\n    at file://x/node_modules/vitest/run.js:1:1`;
  const files = {
    "test/a.test.ts": { tests: [["group holds", "failed", why] as const, ["b", "passed"] as const] },
    "test/b.test.ts": { tests: [], message: "Cannot find module" },
  };
  expect(counted(files)).toEqual({
    lines: [
      "FAILED test/b.test.ts: could not be run",
      "  Cannot find module",
      "FAILED test/a.test.ts: group holds",
      "  AssertionError: expected 1 to be 2",
      `      at ${ROOT}/test/a.ts:3:4`,
      "1 passed, 2 failed, 0 skipped",
    ],
    code: 1,
  });
});

it.each([
  [5, 41, "FAILED test/a.test.ts: case 4"],
  [40, 41, "FAILED test/a.test.ts: case 39"],
  [500, 41, "... and 461 more that failed"],
])("of %i that failed there are %i lines", (count, most, lastToldOf) => {
  const why = Array.from({ length: 40 }, (_, line) => `line ${line}`).join("\n");
  const tests = Array.from({ length: count }, (_, index): Case => [`case ${index}`, "failed", why]);
  const { lines } = counted({ "test/a.test.ts": { tests } });
  expect(lines.length).toBeLessThanOrEqual(most);
  expect(lines.findLast((line) => !line.startsWith(" ") && !line.endsWith("skipped"))).toBe(lastToldOf);
  expect(lines.at(-1)).toBe(`0 passed, ${count} failed, 0 skipped`);
});

it("where no test failed and the run did, that is said", () => {
  const { lines, code } = counted({ "test/a.test.ts": { tests: [["a", "passed"]] } });
  expect([lines.length, lines[0], code]).toEqual([2, expect.stringContaining("outside of all tests"), 1]);
});

it("where there is no report, that is what failed", () => {
  const { stdout, status } = spawnSync(process.execPath, [path.join(ROOT, ".ci/count.js"), "/nowhere/results.json"], {
    encoding: "utf8",
  });
  const lines = stdout.trimEnd().split("\n");
  expect([lines.length, lines.at(-1), status]).toEqual([3, "0 passed, 1 failed, 0 skipped", 1]);
  expect(lines[1]).toContain("ENOENT");
});
