// The outcome of a run: what was found, what of it counts, and what was not tested.
import type { Finding, Untested } from "./finding.ts";
import { type Kind, SEVERITIES, type Severity } from "./rule.ts";

/** What somebody decided about a finding. */
export interface Decision {
  readonly status: "accepted" | "false";
  readonly owner: string;
  readonly reason: string;
  /** The last day on which it holds: `2026-12-31`. */
  readonly until: string;
}

export interface Judged extends Finding {
  /** Against the baseline; `new` where there is none. */
  readonly state: "new" | "unchanged";
  readonly decision: Decision | undefined;
}

/** A decision or a baseline that cannot hold, at its line. */
export interface Mistake {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** A finding of the baseline that is there no more. */
export interface Gone {
  readonly rule: string;
  readonly message: string;
  readonly fingerprint: string;
}

export interface TestResult {
  /** The gravest first. */
  readonly findings: readonly Judged[];
  readonly gone: readonly Gone[];
  readonly untested: readonly Untested[];
  readonly mistakes: readonly Mistake[];
  /** Kinds that ran. */
  readonly kinds: readonly Kind[];
  readonly failOn: Severity;
  readonly hasBaseline: boolean;
  readonly title: string;
  readonly version: string;
  /** From the root of the repository to the folder that places are relative to: `api/`. */
  readonly prefix?: string;
  readonly atMs: number;
}

/** Why a kind of test did not run that the command line leaves out. */
export const NOT_ASKED_FOR = "not asked for";

/** The kind before what was not tested of it, unless that names it: `dynamic: limits`, but `dynamic tests`. */
export function nameOfUntested({ kind, what }: Pick<Untested, "kind" | "what">): string {
  return what === kind || what.endsWith(`${kind} tests`) ? what : `${kind}: ${what}`;
}

export function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** Whether it makes the run fail. */
export function counts({ severity, state, decision }: Judged, failOn: Severity): boolean {
  return decision === undefined && state === "new" && rankOf(severity) <= rankOf(failOn);
}

export function failing({ findings, failOn }: TestResult): readonly Judged[] {
  return findings.filter((finding) => counts(finding, failOn));
}

/** What makes that nobody can call the run clean. */
export function isWhole({ untested, mistakes }: TestResult): boolean {
  return mistakes.length === 0 && untested.every(({ isExpected }) => isExpected);
}

/** `2 high, 1 medium` */
export function tally(findings: readonly Finding[]): string {
  const parts = SEVERITIES.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  return parts.length === 0 ? "none" : parts.join(", ");
}

/** `openapi.yaml:4:8` */
export function placeOf({ places }: Finding): string | undefined {
  const [first] = places;
  return first === undefined ? undefined : `${first.file}:${first.line}:${first.column}`;
}
