// What Schemathesis 4 writes by `--report json`: classes of failures, with the operations that show them.
import { asList, asObject, asText } from "../../dependencies/inventory.ts";
import type { Foreign } from "../foreign.ts";
import type { ReportForm } from "../form.ts";
import { type Json, needList, needText } from "../json.ts";
import { ReportError } from "../report-error.ts";
import { severityOf } from "../severities.ts";

export const schemathesisForm: ReportForm = {
  name: "schemathesis",
  what: "what Schemathesis writes by --report json",
  finds: ["dynamic"],
  recognises: (value) => asText(asObject(value)["schemathesis_version"]) !== undefined,
  read(value) {
    const report = asObject(value);
    if (report["complete"] === false) {
      throw new ReportError(
        `Schemathesis did not come to its end (${String(report["stop_reason"])})`,
        "Run it again, with more time.",
      );
    }
    return needList(report, "failures", "").flatMap((failure, i) => ofFailure(failure, `failures[${i}]`));
  },
};

/** Failures that are weaknesses: the others are differences between document and API. */
const CWE: Readonly<Record<string, readonly number[]>> = {
  ServerError: [755],
  AcceptedNegativeData: [20],
  IgnoredAuth: [306],
  UseAfterFree: [672],
  UndefinedStatusCode: [1059],
  UndefinedContentType: [1059],
  JsonSchemaError: [1059],
};

function ofFailure(failure: Json, at: string): readonly Foreign[] {
  const type = needText(failure, "type", at);
  const title = needText(failure, "title", at);
  return asList(failure["operations"]).flatMap((name) => {
    const [, method, url] = /^([A-Z]+) (\/.*)$/.exec(asText(name) ?? "") ?? [];
    return {
      tool: "schemathesis",
      kind: "dynamic",
      id: type,
      title,
      severity: severityOf(failure["severity"]),
      confidence: "firm",
      message: `${title}: ${String(name)}`,
      cwe: Object.hasOwn(CWE, type) ? (CWE[type] as readonly number[]) : [],
      remedy: "Replay it: Schemathesis prints the curl of each case; its NDJSON and HAR reports hold the answers.",
      ...(method !== undefined && url !== undefined && { request: { method, url } }),
      ...(method === undefined && { what: String(name) }),
    };
  });
}
