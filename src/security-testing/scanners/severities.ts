// How grave something is in the words of other tools, in ours. docs/scanners.md has the table.
import type { Confidence } from "../finding.ts";
import type { Severity } from "../rule.ts";

const WORDS: Readonly<Record<string, Severity>> = {
  critical: "critical",
  blocker: "critical",
  high: "high",
  error: "high",
  major: "medium",
  medium: "medium",
  moderate: "medium",
  warning: "medium",
  minor: "low",
  low: "low",
  note: "low",
  info: "info",
  informational: "info",
  none: "info",
};

/** A word that nobody knows is taken for serious: it must not slip through below a threshold. */
export function severityOf(word: unknown): Severity {
  const known = typeof word === "string" ? word.toLowerCase() : "";
  return Object.hasOwn(WORDS, known) ? (WORDS[known] as Severity) : "high";
}

/** The bands of CVSS. */
export function severityOfScore(score: number): Severity {
  if (score >= 9) return "critical";
  if (score >= 7) return "high";
  if (score >= 4) return "medium";
  return score > 0 ? "low" : "info";
}

const CONFIDENCES: Readonly<Record<string, Confidence>> = {
  certain: "certain",
  confirmed: "certain",
  "user confirmed": "certain",
  "very-high": "certain",
  high: "firm",
  medium: "firm",
};

export function confidenceOf(word: unknown): Confidence {
  const known = typeof word === "string" ? word.toLowerCase() : "";
  return Object.hasOwn(CONFIDENCES, known) ? (CONFIDENCES[known] as Confidence) : "tentative";
}
