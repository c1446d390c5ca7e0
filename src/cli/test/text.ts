// The result of a run for people: the gravest in full, what weighs nothing as a count, and what was not tested.
import { ruleFor } from "../../security-testing/registry.ts";
import {
  failing,
  type Judged,
  nameOfUntested,
  NOT_ASKED_FOR,
  placeOf,
  tally,
  type TestResult,
} from "../../security-testing/result.ts";
import type { Untested } from "../../security-testing/finding.ts";
import type { Severity } from "../../security-testing/rule.ts";
import type { Colours } from "../colours.ts";

/** Of one rule; a document with a thousand operations has a thousand of some. */
const SHOWN_MAX = 10;
/** Of what was not tested for one reason. */
const UNTESTED_SHOWN_MAX = 3;

export function resultLines(result: TestResult, isVerbose: boolean, colours: Colours): string[] {
  const open = result.findings.filter(({ decision, state }) => decision === undefined && state === "new");
  const decided = result.findings.filter(({ decision }) => decision !== undefined);
  const unchanged = result.findings.filter(({ decision, state }) => decision === undefined && state === "unchanged");
  const byRule = Map.groupBy(open, ({ rule, severity }) => `${rule} ${severity}`);
  const full = [...byRule.values()].filter(([first]) => isVerbose || (first as Judged).severity !== "info");
  const brief = [...byRule.values()].filter(([first]) => !isVerbose && (first as Judged).severity === "info");
  return [
    ...full.flatMap((group) => groupLines(group, isVerbose, colours)),
    ...(brief.length === 0 ? [] : [colours.bold("info"), ...brief.map(briefLine), ""]),
    ...untestedLines(result, isVerbose, colours),
    ...result.mistakes.map(({ file, line, message }) => `${colours.red("error")}  ${file}:${line}: ${message}`),
    `${result.title === "" ? "" : `${result.title}: `}${tally(open)}${rest(decided, unchanged, result)}`,
    verdict(result, colours),
  ];
}

function groupLines(group: readonly Judged[], isVerbose: boolean, colours: Colours): string[] {
  const { rule, severity } = group[0] as Judged;
  const { title, remedy } = ruleFor(group[0] as Judged);
  const shown = isVerbose ? group : group.slice(0, SHOWN_MAX);
  const lines = shown.flatMap((finding) => {
    const place = placeOf(finding);
    const from = finding.sources.join() === "portcullis" ? "" : colours.dim(`  (${finding.sources.join(", ")})`);
    return [
      `  ${place === undefined ? "" : `${place}  `}${finding.message}${from}`,
      ...finding.evidence.flatMap(({ say, curl }) => [
        `      ${colours.dim(say)}`,
        ...(curl === undefined ? [] : [`      ${colours.cyan(curl)}`]),
      ]),
      ...(finding.remedy === undefined ? [] : [`      ${colours.dim(finding.remedy)}`]),
    ];
  });
  const more = group.length - shown.length;
  return [
    `${paint(severity, colours)(severity)}  ${colours.bold(title)}  ${colours.dim(rule)}`,
    ...lines,
    ...(more > 0 ? [colours.dim(`  and ${more} more: --verbose, or another --format`)] : []),
    `  ${colours.dim(remedy)}`,
    "",
  ];
}

function briefLine(group: readonly Judged[]): string {
  const { rule } = group[0] as Judged;
  return `  ${String(group.length).padStart(5)}  ${ruleFor(group[0] as Judged).title}  ${rule}`;
}

function untestedLines({ untested }: TestResult, isVerbose: boolean, colours: Colours): string[] {
  if (untested.length === 0) return [];
  const unasked = untested.filter(({ why }) => why === NOT_ASKED_FOR).map(({ kind }) => kind);
  const missed = untested.filter(({ why }) => why !== NOT_ASKED_FOR);
  const byReason = Map.groupBy(missed, ({ kind, why, isExpected }) => JSON.stringify([kind, why, isExpected]));
  const lines = [...byReason.values()].map((group) => {
    const { kind, why, isExpected } = group[0] as Untested;
    const mark = isExpected ? colours.dim("-") : colours.red("!");
    const [first = "", ...others] = new Set(group.map((one) => one.what));
    const what = [nameOfUntested({ kind, what: first }), ...others];
    const shown = isVerbose ? what : what.slice(0, UNTESTED_SHOWN_MAX);
    const more = what.length - shown.length;
    return `  ${mark} ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}: ${why}`;
  });
  const left = unasked.length === 0 ? [] : [`  ${colours.dim("-")} ${unasked.join(", ")}: ${NOT_ASKED_FOR}`];
  return [colours.bold("Not tested"), ...lines, ...left, ""];
}

function rest(decided: readonly Judged[], unchanged: readonly Judged[], { gone, hasBaseline }: TestResult): string {
  const parts = [
    ...(decided.length === 0 ? [] : [`${decided.length} decided`]),
    ...(hasBaseline ? [`${unchanged.length} as in the baseline`, `${gone.length} gone`] : []),
  ];
  return parts.length === 0 ? "" : `; ${parts.join(", ")}`;
}

function verdict(result: TestResult, colours: Colours): string {
  const count = failing(result).length;
  if (count > 0) return colours.red(`failed: ${count} of severity ${result.failOn} or over`);
  if (result.mistakes.length > 0) return colours.red("cannot tell: the decisions are not in order");
  if (result.untested.some(({ isExpected }) => !isExpected)) return colours.red("cannot tell: not all was tested");
  return colours.green(`passed: nothing of severity ${result.failOn} or over`);
}

function paint(severity: Severity, colours: Colours): (text: string) => string {
  if (severity === "critical" || severity === "high") return colours.red;
  return severity === "medium" ? colours.yellow : colours.cyan;
}
