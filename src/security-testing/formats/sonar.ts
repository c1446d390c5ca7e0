// Findings in SonarQube's generic issue format (since 10.3). Decided ones stay out: SonarQube would count them.
import { ruleOf } from "../registry.ts";
import type { Judged, TestResult } from "../result.ts";
import type { Place } from "../finding.ts";
import type { Severity } from "../rule.ts";

const IMPACTS: Readonly<Record<Severity, string>> = {
  critical: "HIGH",
  high: "HIGH",
  medium: "MEDIUM",
  low: "LOW",
  info: "LOW",
};
const SEVERITIES: Readonly<Record<Severity, string>> = {
  critical: "BLOCKER",
  high: "CRITICAL",
  medium: "MAJOR",
  low: "MINOR",
  info: "INFO",
};

/** An issue of SonarQube has a file: what has none cannot be told to it. */
export function toSonar({ findings }: TestResult): string {
  const placed = findings.filter(({ decision, places }) => decision === undefined && places.length > 0);
  const ids = [...new Set(placed.map(({ rule }) => rule))].sort();
  const report = { rules: ids.map((id) => ruleRow(id)), issues: placed.map((finding) => issueOf(finding)) };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

function ruleRow(id: string): unknown {
  const { title, remedy, severity } = ruleOf(id);
  return {
    id,
    name: title,
    description: remedy,
    engineId: "portcullis",
    cleanCodeAttribute: "TRUSTWORTHY",
    type: "VULNERABILITY",
    severity: SEVERITIES[severity],
    impacts: [{ softwareQuality: "SECURITY", severity: IMPACTS[severity] }],
  };
}

function issueOf({ rule, message, remedy, places }: Judged): unknown {
  const [first, ...others] = places as readonly [Place, ...Place[]];
  return {
    ruleId: rule,
    primaryLocation: locationOf(first, `${message}. ${remedy ?? ruleOf(rule).remedy}`),
    ...(others.length === 0 ? {} : { secondaryLocations: others.map((place) => locationOf(place, message)) }),
  };
}

/** The line alone: SonarQube refuses a report whose columns it does not find. */
function locationOf({ file, line }: Place, message: string): unknown {
  return { message, filePath: file.replaceAll("\\", "/"), textRange: { startLine: Math.max(1, line) } };
}
