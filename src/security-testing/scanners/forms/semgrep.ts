// What `semgrep --json` prints, whatever rules it ran; with ours the findings are the same as those of `test source`.
import { asList, asObject, asText } from "../../dependencies/inventory.ts";
import { RULES } from "../../registry.ts";
import type { Foreign } from "../foreign.ts";
import type { ReportForm } from "../form.ts";
import { type Json, needList, needText, numberOf } from "../json.ts";
import { fileOf } from "../paths.ts";
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
  read: (value, { cwd }) =>
    needList(asObject(value), "results", "").flatMap((result, i) => foreignOf(result, `results[${i}]`, cwd)),
};

function foreignOf(result: Json, at: string, cwd: string): readonly Foreign[] {
  const extra = asObject(result["extra"]);
  if (extra["is_ignored"] === true) return [];
  const metadata = asObject(extra["metadata"]);
  const id = needText(result, "check_id", at);
  const ours = asText(metadata["portcullis"]);
  const [start, end] = [asObject(result["start"]), asObject(result["end"])];
  const message = needText(extra, "message", `${at}.extra`);
  const file = needText(result, "path", at);
  const links = asList(metadata["references"]).flatMap((link) => asText(link) ?? []);
  return [
    {
      tool: "semgrep",
      kind: String(metadata["category"]) === "secrets" ? "secrets" : "source",
      id,
      ...(ours !== undefined && RULES.has(ours) && { ours }),
      title: titleOf(metadata, id),
      severity: severityOf(extra["severity"]),
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
