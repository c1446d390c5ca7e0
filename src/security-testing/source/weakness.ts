// A weakness that an engine found in source, made into a finding that survives line moves.
import type { Confidence, Finding } from "../finding.ts";
import { fingerprintOf } from "../fingerprint.ts";
import { ruleOf } from "../registry.ts";

export interface Weakness {
  readonly rule: string;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly endLine?: number;
  readonly confidence: Confidence;
  readonly source: string;
}

/**
 * The line itself tells one from another; where the same line stands twice in a file, its turn among the lines does. So engines agree,
 * and what one says twice about a line is one finding.
 */
export function findingsOf(weaknesses: readonly Weakness[], linesOf: (file: string) => readonly string[]): Finding[] {
  const sorted = [...weaknesses].sort((a, b) => a.line - b.line);
  return sorted.map(({ rule, file, line, column, endLine, confidence, source }) => {
    const { title, severity } = ruleOf(rule);
    const lines = linesOf(file);
    const said = plain(lines[line - 1] ?? "");
    const turn = lines.slice(0, line - 1).filter((other) => plain(other) === said).length;
    return {
      rule,
      severity,
      confidence,
      message: `${title}.`,
      places: [{ file, line, column, ...(endLine !== undefined && { endLine }) }],
      evidence: [],
      fingerprint: fingerprintOf(rule, undefined, `${file} ${turn}`, said),
      sources: [source],
    };
  });
}

function plain(line: string): string {
  return line.trim().replaceAll(/\s+/g, " ");
}
