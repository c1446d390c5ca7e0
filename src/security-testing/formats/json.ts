// Findings as JSON, by findings.schema.json.
import { counts, type Judged, type TestResult } from "../result.ts";
import { ruleFor } from "../registry.ts";

export function toJson(result: TestResult): string {
  const { findings, gone, untested, mistakes, kinds, failOn, title, version, atMs } = result;
  const report = {
    version: 1,
    tool: { name: "portcullis", version },
    api: title,
    at: new Date(atMs).toISOString(),
    kinds,
    failOn,
    findings: findings.map((finding) => plain(finding, counts(finding, failOn))),
    gone,
    untested,
    mistakes,
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

function plain(finding: Judged, fails: boolean): unknown {
  const { title, cwe, owasp, cvss, remedy, kind } = ruleFor(finding);
  const { described, ...rest } = finding;
  return {
    kind,
    title,
    cwe,
    owasp,
    cvss,
    ...rest,
    isForeign: described !== undefined,
    remedy: rest.remedy ?? remedy,
    fails,
  };
}
