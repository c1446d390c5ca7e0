// Says of Vitest's JSON report what failed, then counts the tests in one line; a file that could not be run at all counts as one that failed.
import { readFileSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";

/** Whoever sees only the end of a long output is to see these lines, and those of why.js before them. */
const MOST_LINES = 40;
const MOST_LINES_OF_ONE = 12;
const MOST_OF_LINE = 240;

const report = reported(process.argv[2]);
const tests = report.testResults.flatMap((file) => file.assertionResults);
const count = (...states) => tests.filter(({ status }) => states.includes(status)).length;
const unrun = report.testResults.filter(
  ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
);

const failures = [
  ...unrun.map(({ name, message }) => told(name, "could not be run", message ?? "")),
  ...report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName, failureMessages }) => told(name, fullName, (failureMessages ?? []).join("\n"))),
  ),
];
const passed = count("passed");
const failed = failures.length;
const skipped = tests.length - count("passed", "failed");
const isGreen = failed === 0 && passed > 0 && report.success;

for (const line of bounded(failures)) process.stdout.write(`${line}\n`);
if (!isGreen && failed === 0) {
  process.stdout.write(
    "No test failed, and yet the run did: an error outside of all tests, which Vitest printed above.\n",
  );
}
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
if (!isGreen) process.exitCode = 1;

/** Where Vitest did not come as far as to write one, that is the one thing that failed. */
function reported(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    return {
      success: false,
      testResults: [{ name: file, status: "failed", message: error.message, assertionResults: [] }],
    };
  }
}

/** What failed and why; where in Vitest or Node itself that was says nothing. */
function told(file, name, message) {
  const why = stripVTControlCharacters(message)
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^\s+at .*(node_modules\/vitest|node:internal|<anonymous>)/.test(line));
  return [`FAILED ${path.relative(process.cwd(), file)}: ${name}`, ...why.map((line) => `  ${line}`)].map((line) =>
    line.slice(0, MOST_OF_LINE),
  );
}

/** As many lines of each as all have room for; if even their names have none, the first ones and how many are left. */
function bounded(all) {
  const ofEach = Math.max(1, Math.min(MOST_LINES_OF_ONE, Math.floor(MOST_LINES / all.length)));
  const lines = all.flatMap((one) => one.slice(0, ofEach));
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES - 1), `... and ${all.length - MOST_LINES + 1} more that failed`];
}
