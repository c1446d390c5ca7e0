// Counts the tests in Vitest's JSON report, in one line; a file that could not be run at all counts as one that failed.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
const tests = report.testResults.flatMap((file) => file.assertionResults);
const count = (...states) => tests.filter(({ status }) => states.includes(status)).length;
const unrun = report.testResults.filter(
  (file) => file.status === "failed" && file.assertionResults.length === 0,
).length;

const passed = count("passed");
const failed = count("failed") + unrun;
const skipped = tests.length - count("passed", "failed");

process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
if (failed > 0 || passed === 0 || !report.success) process.exitCode = 1;
