// Findings as JSON, by findings.schema.json.
import { counts, type Judged, type TestResult } from "../result.ts";
import { ruleOf } from "../registry.ts";

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
  const { title, cwe, owasp, cvss, remedy, kind } = ruleOf(finding.rule);
  return { kind, title, cwe, owasp, cvss, ...finding, remedy: finding.remedy ?? remedy, fails };
}
