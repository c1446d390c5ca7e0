// What `semgrep --json` prints, whatever rules it ran; with ours the findings are the same as those of `test source`.
import { asList, asObject, asText } from "../../dependencies/inventory.ts";
import { maskSecrets } from "../../masking.ts";
import { RULES, ruleOf } from "../../registry.ts";
import { clean } from "../cleaning.ts";
import type { Foreign } from "../foreign.ts";
import type { ReportForm } from "../form.ts";
import { type Json, needList, needText, numberOf } from "../json.ts";
import { fileOf } from "../paths.ts";
import { ReportError } from "../report-error.ts";
import { confidenceOf, severityOf } from "../severities.ts";
import { cweOf } from "../weakness-classes.ts";

export const semgrepForm: ReportForm = {
  name: "semgrep",
  what: "what semgrep prints by --json",
  finds: ["source"],
  recognises(value) {
    const report = asObject(value);
    return Array.isArray(report["results"]) && Array.isArray(report["errors"]) && "paths" in report;
  },
  read(value, { cwd }) {
    const report = asObject(value);
    // One about a file says what that file misses; one about none, that the run came to no end.
    const failure = asList(report["errors"])
      .map(asObject)
      .find((error) => error["level"] === "error" && error["path"] === undefined);
    if (failure !== undefined) {
      const why = clean(maskSecrets(asText(failure["message"]) ?? "it does not say why"), REASON_LENGTH_MAX);
      throw new ReportError(`semgrep failed: ${why}`, "Mend that, and have it write the report anew.");
    }
    return needList(report, "results", "").flatMap((result, i) => foreignOf(result, `results[${i}]`, cwd));
  },
};

const REASON_LENGTH_MAX = 200;

function foreignOf(result: Json, at: string, cwd: string): readonly Foreign[] {
  const extra = asObject(result["extra"]);
  if (extra["is_ignored"] === true) return [];
  const metadata = asObject(extra["metadata"]);
  const id = needText(result, "check_id", at);
  const said = asText(metadata["portcullis"]);
  const ours = said !== undefined && RULES.has(said) ? said : undefined;
  const [start, end] = [asObject(result["start"]), asObject(result["end"])];
  const message = needText(extra, "message", `${at}.extra`);
  const file = needText(result, "path", at);
  const links = asList(metadata["references"]).flatMap((link) => asText(link) ?? []);
  return [
    {
      tool: "semgrep",
      kind: String(metadata["category"]) === "secrets" ? "secrets" : "source",
      id,
      ...(ours !== undefined && { ours }),
      title: titleOf(metadata, id),
      // Semgrep has three words only: ours is as grave as where we ran it.
      severity: ours === undefined ? severityOf(extra["severity"]) : ruleOf(ours).severity,
      confidence: confidenceOf(metadata["confidence"]),
      message,
      cwe: cweOf(Array.isArray(metadata["cwe"]) ? metadata["cwe"] : [metadata["cwe"]]),
      remedy: asText(extra["fix"]) === undefined ? links.join(" ") : `Write instead: ${String(extra["fix"])}`,
      place: {
        file: fileOf(file, cwd) ?? file,
        line: numberOf(start["line"]),
        column: numberOf(start["col"]),
        endLine: numberOf(end["line"]),
      },
    },
  ];
}

/** A rule has an id and a message for each case, but no title. */
function titleOf(metadata: Json, id: string): string {
  const [vulnerability] = asList(metadata["vulnerability_class"]);
  return asText(vulnerability) ?? (id.split(".").at(-1) as string).replaceAll("-", " ");
}
