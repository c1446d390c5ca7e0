// Findings as JUnit: a case for each rule, so that the names stay the same from run to run.
import { counts, type Judged, placeOf, type TestResult } from "../result.ts";
import { RULES, ruleFor } from "../registry.ts";
import { KINDS, type Kind, type Rule } from "../rule.ts";

export function toJunit(result: TestResult): string {
  // What other tools found may be of a kind that did not run here.
  const found = new Set([...result.kinds, ...result.findings.map((finding) => ruleFor(finding).kind)]);
  const suites = KINDS.filter((kind) => found.has(kind)).map((kind) => suiteOf(kind, result));
  const more = result.mistakes.length === 0 ? [] : [runSuite(result)];
  const all = [...suites, ...more];
  const sum = (key: "tests" | "failures" | "errors" | "skipped") => all.reduce((count, suite) => count + suite[key], 0);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="portcullis test" tests="${sum("tests")}" failures="${sum("failures")}" errors="${sum("errors")}" skipped="${sum("skipped")}">`,
    ...all.flatMap(({ name, tests, failures, errors, skipped, cases }) => [
      `  <testsuite name="${escaped(name)}" tests="${tests}" failures="${failures}" errors="${errors}" skipped="${skipped}" timestamp="${timestamp(result)}">`,
      ...cases.map((text) => `    ${text}`),
      "  </testsuite>",
    ]),
    "</testsuites>",
  ];
  return `${lines.join("\n")}\n`;
}

interface Suite {
  readonly name: string;
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
  readonly cases: readonly string[];
}

function suiteOf(kind: Kind, result: TestResult): Suite {
  const untested = result.untested.filter((one) => one.kind === kind);
  const own = result.kinds.includes(kind) ? [...RULES.values()].filter((rule) => rule.kind === kind) : [];
  const found = result.findings.map(ruleFor).filter((rule) => rule.kind === kind);
  const rules = [...new Map([...own, ...found].map((rule) => [rule.id, rule])).values()];
  const byRule = Map.groupBy(result.findings, ({ rule }) => rule);
  const judged = rules.map((rule) => ruleCase(rule, byRule.get(rule.id) ?? [], result));
  const cases = untested.map(({ what, why, isExpected }) => {
    const tag = isExpected ? "skipped" : "error";
    return `<testcase classname="portcullis.${kind}" name="${escaped(what)}"><${tag} message="${escaped(why)}"/></testcase>`;
  });
  return {
    name: `portcullis ${kind}`,
    tests: rules.length + untested.length,
    failures: judged.filter(({ fails }) => fails).length,
    errors: untested.filter(({ isExpected }) => !isExpected).length,
    skipped: untested.filter(({ isExpected }) => isExpected).length,
    cases: [...judged.map(({ text }) => text), ...cases],
  };
}

function ruleCase(rule: Rule, findings: readonly Judged[], { failOn }: TestResult): { text: string; fails: boolean } {
  const head = `<testcase classname="portcullis.${rule.kind}" name="${escaped(`${rule.id}: ${rule.title}`)}"`;
  if (findings.length === 0) return { text: `${head}/>`, fails: false };
  const failing = findings.filter((finding) => counts(finding, failOn));
  const said = (some: readonly Judged[]) => escaped(`${some.map(lineOf).join("\n")}\n${rule.remedy}`);
  if (failing.length === 0)
    return { text: `${head}><system-out>${said(findings)}</system-out></testcase>`, fails: false };
  const message = `${failing.length} ${failing.length === 1 ? "finding" : "findings"}: ${(failing[0] as Judged).message}`;
  const failure = `<failure type="${(failing[0] as Judged).severity}" message="${escaped(message)}">${said(failing)}</failure>`;
  return { text: `${head}>${failure}</testcase>`, fails: true };
}

/** What belongs to no kind: decisions that are not in order. */
function runSuite({ mistakes }: TestResult): Suite {
  const cases = mistakes.map(
    ({ file, line, message }) =>
      `<testcase classname="portcullis.decisions" name="${escaped(`${file}:${line}`)}"><error message="${escaped(message)}"/></testcase>`,
  );
  return { name: "portcullis decisions", tests: cases.length, failures: 0, errors: cases.length, skipped: 0, cases };
}

function lineOf(finding: Judged): string {
  const curls = finding.evidence.flatMap(({ say, curl }) => [`  ${say}`, ...(curl === undefined ? [] : [`  ${curl}`])]);
  return [`${finding.severity} ${placeOf(finding) ?? ""} ${finding.message}`, ...curls].join("\n");
}

function timestamp({ atMs }: TestResult): string {
  return new Date(atMs).toISOString().slice(0, "2026-11-26T10:00:00".length);
}

/** XML 1.0 has no place for control characters, escaped or not. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\u{FFFD}")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
