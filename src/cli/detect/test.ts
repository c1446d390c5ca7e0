// `portcullis detect test`: runs the tests that stand beside rules.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { whyUnreadable } from "../../configuration/error-code.ts";
import { SHIPPED_DETECTIONS } from "../../configuration/resolve/detections.ts";
import { readRules } from "../../configuration/detections/rule-file.ts";
import { type RuleTestResult, runRuleTests } from "../../configuration/detections/rule-test.ts";
import { ProblemsError } from "../../openapi/located.ts";
import { coloursFor } from "../colours.ts";
import { EXIT_CANNOT_TELL, EXIT_FINDINGS, EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";

/** Of the folders named, else of what comes along. */
export async function testRules(folders: readonly string[], given: Given, io: Io): Promise<number> {
  const results: RuleTestResult[] = [];
  const broken: string[] = [];
  for (const folder of folders.length === 0 ? [SHIPPED_DETECTIONS] : folders.map((one) => path.resolve(io.cwd, one))) {
    // oxlint-disable-next-line no-await-in-loop -- one folder after the other
    for (const result of await testFolder(folder)) {
      if (typeof result === "string") broken.push(result);
      else results.push(result);
    }
  }
  const failed = results.filter(({ expected, fired }) => expected !== fired);
  if (given.has("json")) io.stdout.write(`${JSON.stringify({ results, broken })}\n`);
  else writeText(results, broken, io);
  if (broken.length > 0) return EXIT_CANNOT_TELL;
  return failed.length === 0 ? EXIT_OK : EXIT_FINDINGS;
}

async function testFolder(folder: string): Promise<(RuleTestResult | string)[]> {
  const found: (RuleTestResult | string)[] = [];
  let names: readonly string[];
  try {
    names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
  } catch (error) {
    throw new UsageError(
      `${folder} cannot be read: ${whyUnreadable(error)}`,
      "Name a folder with rules and their tests.",
    );
  }
  const isTest = (name: string) => /\.test\.ya?ml$/.test(name);
  const read = (name: string) => readFile(path.join(folder, name), "utf8");
  const files = await Promise.all(
    names.filter((name) => !isTest(name)).map(async (name) => readRules(name, await read(name))),
  );
  const problems = files.flatMap((file) => file.problems);
  if (problems.length > 0) throw new ProblemsError(problems);
  const rules = files.flatMap((file) => file.rules);
  const tests = await Promise.all(
    names.filter(isTest).map(async (name) => runRuleTests(name, await read(name), rules)),
  );
  found.push(...tests.flat());
  const tested = new Set(tests.flatMap((one) => (typeof one === "string" ? [] : one.map(({ rule }) => rule))));
  for (const { name } of rules)
    if (!tested.has(name)) found.push(`the rule ${name} has no test: write ${name}.test.yaml`);
  return found;
}

function writeText(results: readonly RuleTestResult[], broken: readonly string[], io: Io): void {
  const colours = coloursFor(io.stdout, io.env);
  for (const { rule, say, expected, fired } of results) {
    if (expected === fired) continue;
    io.stdout.write(`${colours.red("failed")}  ${rule}: ${say}: ${fired} alerts, not ${expected}\n`);
  }
  for (const text of broken) io.stdout.write(`${colours.red("broken")}  ${text}\n`);
  const failed = results.filter(({ expected, fired }) => expected !== fired).length;
  io.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
}
