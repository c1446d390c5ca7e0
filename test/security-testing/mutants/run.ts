// `node test/security-testing/mutants/run.ts`: breaks the sample's policy in every way, and shows what notices each. `--write` writes docs/mutants.md, `--check` compares it.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { mutantsOf } from "./all.ts";
import { EQUIVALENT } from "./equivalent.ts";
import { noticed } from "./killing.ts";
import type { Mutant } from "./mutant.ts";
import { mutantsPage, type Row } from "./page.ts";
import { startSample } from "./sample.ts";

const PAGE = path.join(import.meta.dirname, "../../../docs/mutants.md");
/** They wait for each other's answers most of the time. */
const AT_ONCE = 2;

const { values } = parseArgs({
  options: { write: { type: "boolean" }, check: { type: "boolean" }, only: { type: "string", default: "" } },
});

/** Its API complains on standard error about what attacks do to it. */
process.env["NODE_ENV"] = "test";
const beganMs = performance.now();
const mistakes = await originalIsSilent();
const rows = await allRows();
for (const { name, rule } of rows) {
  const isEquivalent = name in EQUIVALENT;
  if (rule === undefined && !isEquivalent) mistakes.push(`${name}: nothing notices it`);
  if (rule !== undefined && isEquivalent) mistakes.push(`${name}: it is noticed, and equivalent.ts says it cannot be`);
}
for (const name of Object.keys(EQUIVALENT))
  if (values.only === "" && rows.every((row) => row.name !== name)) mistakes.push(`${name}: is no mutant any more`);
if (values.write === true) writeFileSync(PAGE, mutantsPage(rows));
if (values.check === true && readFileSync(PAGE, "utf8") !== mutantsPage(rows)) {
  mistakes.push("docs/mutants.md is not what was seen: node test/security-testing/mutants/run.ts --write");
}
for (const mistake of mistakes) process.stderr.write(`error  ${mistake}\n`);
process.stdout.write(`${rows.length} mutants in ${Math.round((performance.now() - beganMs) / 1_000)} s\n`);
process.exitCode = mistakes.length === 0 ? 0 : 1;

async function originalIsSilent(): Promise<string[]> {
  const sample = await startSample();
  try {
    const { finding, untested } = await noticed(sample);
    return [
      ...(finding === undefined ? [] : [`the original: ${finding.message}`]),
      ...untested.filter(({ isExpected }) => !isExpected).map(({ what, why }) => `the original: ${what}: ${why}`),
    ];
  } finally {
    await sample.close();
  }
}

async function allRows(): Promise<readonly Row[]> {
  const listing = await startSample();
  const names = mutantsOf(listing).map(({ name }) => name);
  await listing.close();
  const chosen = names.filter((name) => new RegExp(values.only).test(name));
  const found = new Map<string, Row>();
  const left = chosen.values();
  const work = async () => {
    for (const name of left) {
      // oxlint-disable-next-line no-await-in-loop -- so many at once, and no more
      const { row, tookMs } = await rowOf(name);
      found.set(name, row);
      process.stdout.write(
        `${name} | ${row.rule ?? "-"} | ${row.operation ?? ""} ${row.parameter ?? ""} | ${tookMs} ms\n`,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return chosen.map((name) => found.get(name) as Row);
}

/** With an API of its own: what one mutant lets in would be found at the next. */
async function rowOf(name: string): Promise<{ row: Row; tookMs: number }> {
  const sample = await startSample();
  try {
    const mutant = mutantsOf(sample).find((one) => one.name === name) as Mutant;
    const { finding, refusal, tookMs } = await noticed(sample, mutant);
    const { rule = refusal, operation, parameter } = finding ?? {};
    return { row: { name, rule, operation: operation?.id, parameter }, tookMs: Math.round(tookMs) };
  } finally {
    await sample.close();
  }
}
