// Findings in SonarQube's generic issue format (since 10.3). Decided ones stay out: SonarQube would count them.
import { ruleFor } from "../registry.ts";
import type { Judged, TestResult } from "../result.ts";
import type { Place } from "../finding.ts";
import type { Rule, Severity } from "../rule.ts";

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
  const placed = findings.filter(({ decision, places }) => decision === undefined && places.length > 0).filter(isNews);
  const rules = new Map(placed.map((finding) => [finding.rule, ruleFor(finding)]));
  const sorted = [...rules.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const report = { rules: sorted.map(ruleRow), issues: placed.map((finding) => issueOf(finding)) };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/** What SonarQube said itself, it knows. */
function isNews({ sources }: Judged): boolean {
  return sources.some((source) => source !== "sonarqube");
}

function ruleRow({ id, title, remedy, severity }: Rule): unknown {
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

function issueOf(finding: Judged): unknown {
  const { rule, message, remedy, places } = finding;
  const [first, ...others] = places as readonly [Place, ...Place[]];
  return {
    ruleId: rule,
    primaryLocation: locationOf(first, `${message}. ${remedy ?? ruleFor(finding).remedy}`),
    ...(others.length === 0 ? {} : { secondaryLocations: others.map((place) => locationOf(place, message)) }),
  };
}

/** The line alone: SonarQube refuses a report whose columns it does not find. */
function locationOf({ file, line }: Place, message: string): unknown {
  return { message, filePath: file.replaceAll("\\", "/"), textRange: { startLine: Math.max(1, line) } };
}
