// What a report says, in the order in which it says it: the same for text and JSON.
import type { Findings, Outcome, Row } from "./findings.ts";
import type { Item } from "./items.ts";
import type { Patch } from "./patch.ts";
import type { Read } from "./reading.ts";

export interface Report {
  readonly read: Read;
  readonly rows: Readonly<Record<Outcome, readonly Row[]>>;
  /** Used and not declared: what is worth a decision, most used first. */
  readonly used: readonly Item[];
  /** Used by nobody who was meant to: scanners, preflights, what the API does not have. */
  readonly noise: readonly Item[];
  readonly hidden: Findings["hidden"];
  readonly unknownOperations: readonly string[];
  /** Undefined where there is no document, or nothing to propose. */
  readonly patch: Patch | undefined;
  readonly hasDocument: boolean;
  /** Bounds that were reached. */
  readonly reached: readonly string[];
}

/** Rows of one kind, most frequent first. */
export function rowsOf(findings: Findings): Report["rows"] {
  const of = (outcome: Outcome) =>
    [...findings.rows.values()].filter((row) => row.outcome === outcome).sort((a, b) => b.count - a.count);
  return { "would-deny": of("would-deny"), denied: of("denied"), "not-judged": of("not-judged") };
}

/** Whether somebody has something to decide. */
export function hasFindings({ rows, used }: Report): boolean {
  return rows["would-deny"].length > 0 || used.length > 0;
}
