// Findings in SARIF 2.1.0, in the form that code hosts take: each at a line, with its severity as they read it.
import path from "node:path";
import { isWhole, type Judged, nameOfUntested, type TestResult } from "../result.ts";
import { ruleFor } from "../registry.ts";
import type { Place } from "../finding.ts";
import type { Rule, Severity } from "../rule.ts";

const LEVELS: Readonly<Record<Severity, string>> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  info: "note",
};
/** GitHub shows `security-severity` by the bands of CVSS. */
const SCORES: Readonly<Record<Severity, string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "3.0",
  info: "0.0",
};
const PRECISIONS = { certain: "very-high", firm: "high", tentative: "medium" } as const;

export function toSarif(result: TestResult): string {
  const { findings, version, untested } = result;
  const rules = new Map(findings.filter(isPlaced).map((finding) => [finding.rule, ruleFor(finding)]));
  const ids = [...rules.keys()].sort();
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "Portcullis",
            fullName: `Portcullis ${version}`,
            version,
            semanticVersion: version,
            rules: ids.map((id) => descriptor(rules.get(id) as Rule)),
          },
        },
        automationDetails: { id: "portcullis/" },
        invocations: [
          {
            executionSuccessful: isWhole(result),
            endTimeUtc: new Date(result.atMs).toISOString(),
            toolExecutionNotifications: [
              ...untested.map(({ kind, what, why, isExpected }) => ({
                level: isExpected ? "note" : "error",
                message: { text: sentence(`Not tested: ${nameOfUntested({ kind, what })}: ${why}`) },
              })),
              // Code hosts refuse a report with a result that has no place.
              ...findings
                .filter((finding) => !isPlaced(finding))
                .map(({ message, severity }) => ({ level: LEVELS[severity], message: { text: sentence(message) } })),
            ],
          },
        ],
        columnKind: "utf16CodeUnits",
        results: findings.filter(isPlaced).map((finding) => resultOf(finding, ids, result)),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function isPlaced({ places }: Judged): boolean {
  return places.length > 0;
}

function descriptor({ id, title, remedy, severity, cwe, owasp }: Rule): unknown {
  return {
    id,
    name: id.replaceAll(/(?:^|[.-])([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: sentence(title) },
    fullDescription: { text: sentence(title) },
    help: { text: remedy, markdown: remedy },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: {
      tags: ["security", ...cwe.map((number) => `external/cwe/cwe-${number}`), ...owasp.map((name) => `owasp/${name}`)],
      "security-severity": SCORES[severity],
      precision: "high",
      "problem.severity": LEVELS[severity] === "note" ? "recommendation" : LEVELS[severity],
    },
  };
}

function resultOf(finding: Judged, ids: readonly string[], result: TestResult): unknown {
  const { rule, severity, message, remedy, places, fingerprint, decision, evidence, confidence, sources } = finding;
  const [first, ...others] = places;
  const say = `${sentence(message)} ${remedy ?? ruleFor(finding).remedy}`;
  return {
    ruleId: rule,
    ruleIndex: ids.indexOf(rule),
    level: LEVELS[severity],
    message: { text: say },
    locations: first === undefined ? [] : [locationOf(first, result)],
    ...(others.length === 0
      ? {}
      : { relatedLocations: others.map((place, id) => ({ id, ...locationOf(place, result) })) }),
    partialFingerprints: { "portcullis/v1": fingerprint },
    ...(result.hasBaseline ? { baselineState: finding.state } : {}),
    ...(decision === undefined
      ? {}
      : {
          suppressions: [
            {
              kind: "external",
              status: "accepted",
              justification: `${decision.status === "false" ? "False" : "Accepted"} by ${decision.owner} until ${decision.until}: ${decision.reason}`,
            },
          ],
        }),
    properties: {
      severity,
      precision: PRECISIONS[confidence],
      sources,
      ...(evidence.length === 0 ? {} : { evidence }),
    },
  };
}

/** Code hosts know files from the root of the repository. */
function locationOf({ file, line, column, endLine }: Place, { prefix = "" }: TestResult): object {
  const name = file.replaceAll("\\", "/");
  const isAbsolute = path.posix.isAbsolute(name);
  const whole = isAbsolute ? name : path.posix.normalize(`${prefix}${name}`);
  const uri = `${isAbsolute ? "file://" : ""}${whole.split("/").map(encodeURIComponent).join("/")}`;
  return {
    physicalLocation: {
      artifactLocation: { uri },
      region: {
        startLine: Math.max(1, line),
        startColumn: Math.max(1, column),
        ...(endLine === undefined ? {} : { endLine }),
      },
    },
  };
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
