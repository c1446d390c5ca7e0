// `portcullis test`: proves that the protection holds, and says what it found, what counts, and what it could not test.
import path from "node:path";
import { suggestion } from "../configuration/did-you-mean.ts";
import type { Untested } from "../security-testing/finding.ts";
import { FORMATS } from "../security-testing/formats/formats.ts";
import { type ApiContext, type Gathered, runTests } from "../security-testing/run.ts";
import { failing, isWhole, NOT_ASKED_FOR, type TestResult } from "../security-testing/result.ts";
import { SEVERITIES, type Severity } from "../security-testing/rule.ts";
import type { Heard } from "../security-testing/scanners/joining.ts";
import { folderInRepository } from "../security-testing/project-files.ts";
import type { FolderContext, ListedTester, TestOption } from "../security-testing/tester.ts";
import { TESTERS } from "../security-testing/testers.ts";
import { type Colours, coloursFor } from "./colours.ts";
import { type Command, EXIT_CANNOT_TELL, EXIT_FINDINGS, EXIT_OK, type Given, UsageError } from "./command.ts";
import { CONFIGURATION_OPTIONS } from "./configuration-flags.ts";
import type { Io } from "./io.ts";
import { apiContext } from "./test/context.ts";
import { refuseOverwriting, writtenBy } from "./test/inputs.ts";
import { judged, judgesOf } from "./test/judgement.ts";
import { heardBy, importedBy, OTHER_TOOL_OPTIONS, OTHER_TOOLS, toolsToRun, unplaced } from "./test/other-tools.ts";
import { readied, wantedOf, writeResult } from "./test/output.ts";
import { testProgress } from "./test/progress.ts";
import { resultLines } from "./test/text.ts";
import { provenPlace } from "./test/writable.ts";
import { packageVersion } from "./version.ts";

const OWN: Readonly<Record<string, TestOption>> = Object.assign({}, ...TESTERS.map(({ options }) => options));
const NAMES: readonly string[] = TESTERS.map(({ kind }) => kind);
const WORDS: readonly string[] = [...NAMES, OTHER_TOOLS];

export const testCommand: Command = {
  name: "test",
  summary: "prove that the protection holds, and report what does not",
  words: `[${WORDS.join("|")}]…`,
  wordsMax: WORDS.length,
  options: {
    ...CONFIGURATION_OPTIONS,
    format: {
      value: "text,sarif,…",
      what: `how findings are written: ${["text", ...Object.keys(FORMATS)].join(", ")}`,
      several: true,
    },
    output: { value: "place", what: "the file, or with several formats the folder, that they go to" },
    "fail-on": { value: SEVERITIES.join("|"), what: "from which severity on the run fails; default high" },
    baseline: { value: "file", what: "what an earlier run found: only what is new makes the run fail" },
    "write-baseline": { what: "write what is found into that file" },
    decisions: {
      value: "file",
      what: "what was accepted or is false; default portcullis-findings.yaml, where there is one",
    },
    verbose: { what: "show every finding, also those that weigh nothing" },
    ...OTHER_TOOL_OPTIONS,
    ...OWN,
  },
  notes: [
    `Without words every kind of test runs. "${OTHER_TOOLS}": none of ours, only what other tools found.`,
    "Exit codes: 0 nothing of that severity, 1 findings, 2 it could not be tested, or not all of it.",
  ],
  run: test,
};

const FAIL_ON_DEFAULT: Severity = "high";

async function test(given: Given, io: Io): Promise<number> {
  const wanted = wantedOf(given);
  const failOn = failOnOf(given);
  const nowMs = Date.now();
  const judges = await judgesOf(given, io, nowMs);
  const asked = askedFor(given.words);
  refuseIdle(given, asked);
  const tools = toolsToRun(given);
  const imported = await importedBy(given, io);
  const ready = await readied(wanted, io);
  const named = given.text("sbom");
  const bill = named === undefined ? undefined : path.resolve(io.cwd, named);
  if (bill !== undefined) await provenPlace("--sbom", bill);
  const stop = new AbortController();
  void io.untilStopped().then(() => stop.abort());
  const folder: FolderContext = { cwd: io.cwd, env: io.env, signal: stop.signal, options: given };
  const isPlaced = imported.foreign.some(({ request }) => request !== undefined);
  const isDynamic = asked.some(({ kind }) => kind === "dynamic");
  const needsApi = isPlaced || asked.some(({ needs }) => needs === "api");
  const api: ApiContext = needsApi ? await apiContext(folder, given, io, isDynamic) : { why: "it was not asked for" };
  const progress = testProgress(io.stderr);
  let gathered: Gathered;
  try {
    await refuseOverwriting(writtenBy(ready, judges, bill), given, folder, api, io);
    const own = await runTests(asked, folder, api, progress.show, ({ file, how }) => {
      progress.end();
      io.stderr.write(`changed: ${file}: ${how}\n`);
    });
    gathered = await withHeard(own, await heardBy(tools, imported, folder, progress.show), api, io.cwd);
  } finally {
    progress.end();
    if (!("why" in api)) await api.composition.close();
  }
  const result: TestResult = {
    ...(await judged(gathered, judges)),
    untested: [...gathered.untested, ...leftOut(asked)],
    kinds: asked.map(({ kind }) => kind),
    failOn,
    title: "why" in api ? "" : api.api.title,
    version: packageVersion(),
    prefix: await folderInRepository(io.cwd),
    atMs: nowMs,
  };
  const text = (isPlain: boolean) => {
    const colours: Colours = coloursFor(isPlain ? { write: () => undefined } : io.stdout, io.env);
    return `${resultLines(result, given.has("verbose"), colours).join("\n")}\n`;
  };
  await writeResult(result, ready, text, io);
  if (failing(result).length > 0) return EXIT_FINDINGS;
  return isWhole(result) ? EXIT_OK : EXIT_CANNOT_TELL;
}

/** Options that ask for a file, where the test that writes it does not run: silence would be taken for done. */
const WRITING: Readonly<Record<string, ListedTester["kind"]>> = { sbom: "dependencies", fix: "contract" };

function refuseIdle(given: Given, asked: readonly ListedTester[]): void {
  for (const [option, kind] of Object.entries(WRITING)) {
    if (given.has(option) && asked.every((one) => one.kind !== kind))
      throw new UsageError(`--${option} does nothing here: \`test ${kind}\` is not asked for`, `Add the word ${kind}.`);
  }
}

function failOnOf(given: Given): Severity {
  const text = given.text("fail-on") ?? FAIL_ON_DEFAULT;
  const severity = SEVERITIES.find((one) => one === text);
  if (severity === undefined) throw new UsageError(`--fail-on ${text} is none of ${SEVERITIES.join(", ")}`);
  return severity;
}

function askedFor(words: readonly string[]): readonly ListedTester[] {
  for (const word of words)
    if (!WORDS.includes(word)) throw new UsageError(`there is no test "${word}"`, suggestion(word, WORDS));
  return words.length === 0 ? TESTERS : TESTERS.filter(({ kind }) => words.includes(kind));
}

async function withHeard(gathered: Gathered, heard: Heard, api: ApiContext, cwd: string): Promise<Gathered> {
  if (heard.told.size === 0 && heard.untested.length === 0) return gathered;
  const { joinHeard } = await import("../security-testing/scanners/joining.ts");
  const all = { ...heard, untested: [...heard.untested, ...unplaced(heard, api)] };
  return joinHeard(gathered, all, cwd, "why" in api ? undefined : api.api);
}

function leftOut(asked: readonly ListedTester[]): Untested[] {
  const others = TESTERS.filter((listed) => !asked.includes(listed));
  return others.map(({ kind }) => ({ kind, what: `${kind} tests`, why: NOT_ASKED_FOR, isExpected: true }));
}
