// Runs kinds of test one after another and gathers what they say: one list, each finding once.
import type { Changed, Finding, Progress, Report, Untested } from "./finding.ts";
import { rankOf } from "./result.ts";
import type { FolderContext, ListedTester, TestContext, Tester } from "./tester.ts";

/** What the API's tests need, or why they cannot have it. */
export type ApiContext = TestContext | { readonly why: string };

export interface Gathered {
  readonly findings: readonly Finding[];
  readonly untested: readonly Untested[];
  /** Kinds that ran to their end with nothing left out unasked, and other tools that were heard (`dynamic.zap`). */
  readonly whole: ReadonlySet<string>;
}

export async function runTests(
  testers: readonly ListedTester[],
  folder: FolderContext,
  api: ApiContext,
  progress: (progress: Progress["progress"]) => void,
  changed: (changed: Changed["changed"]) => void,
): Promise<Gathered> {
  const findings = new Map<string, Finding>();
  const untested: Untested[] = [];
  const whole = new Set<string>();
  for (const listed of testers) {
    const { kind } = listed;
    const before = untested.length;
    const missed = (why: string) => untested.push({ kind, what: `${kind} tests`, why, isExpected: false });
    if (folder.signal.aborted) missed("the run was stopped");
    else if (listed.needs === "api" && "why" in api) missed(api.why);
    else {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one after another: they share a machine, and the dynamic one a budget
        const tester: Tester<FolderContext> = await listed.load();
        const context = listed.needs === "api" ? (api as TestContext) : folder;
        // oxlint-disable-next-line no-await-in-loop
        for await (const report of tester.run(context)) take(report);
        if (folder.signal.aborted) missed("the run was stopped before its end");
      } catch (error) {
        missed(`it failed: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    if (untested.slice(before).every(({ isExpected }) => isExpected)) whole.add(kind);
  }
  return { findings: [...findings.values()].sort(byWeight), untested, whole };

  function take(report: Report): void {
    if ("progress" in report) progress(report.progress);
    else if ("changed" in report) changed(report.changed);
    else if ("isExpected" in report) untested.push(report);
    else {
      const known = findings.get(report.fingerprint);
      findings.set(report.fingerprint, known === undefined ? report : merged(known, report));
    }
  }
}

/** The same finding from two sides: the graver word holds, and all places and sources are named. */
function merged(one: Finding, other: Finding): Finding {
  const first = rankOf(other.severity) < rankOf(one.severity) ? other : one;
  const places = [...one.places, ...other.places];
  const isNew = ({ file, line, column }: Finding["places"][number], i: number) =>
    places.findIndex((place) => place.file === file && place.line === line && place.column === column) === i;
  return {
    ...first,
    places: places.filter(isNew),
    evidence: [...one.evidence, ...other.evidence],
    sources: [...new Set([...one.sources, ...other.sources])],
  };
}

export function byWeight(one: Finding, other: Finding): number {
  const [a, b] = [one.places[0], other.places[0]];
  return (
    rankOf(one.severity) - rankOf(other.severity) ||
    order(one.rule, other.rule) ||
    order(a?.file ?? "", b?.file ?? "") ||
    (a?.line ?? 0) - (b?.line ?? 0) ||
    (a?.column ?? 0) - (b?.column ?? 0) ||
    order(one.fingerprint, other.fingerprint)
  );
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
