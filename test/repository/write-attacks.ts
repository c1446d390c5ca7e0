// Writes docs/attacks.md from the JSON results of a whole run of the tests; with --check compares, and fails where it differs.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { ATTACKS_PAGE, complaints, differences, renderAttacksPage, type Results, tally } from "./attacks-page.ts";
import { readText, ROOT } from "./tree.ts";

const { values, positionals } = parseArgs({ options: { check: { type: "boolean" } }, allowPositionals: true });
const counts = tally(JSON.parse(readFileSync(positionals[0] as string, "utf8")) as Results);
const page = renderAttacksPage(counts);
const problems = complaints(counts);

if (values.check === true) {
  const committed = readText(ATTACKS_PAGE);
  if (page !== committed) {
    problems.push(`${ATTACKS_PAGE} differs from these results (see CONTRIBUTING.md):`);
    problems.push(...differences(committed, page));
  }
} else {
  writeFileSync(path.join(ROOT, ATTACKS_PAGE), page);
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
