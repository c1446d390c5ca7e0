// What `snyk test --json` prints: one project, or a list of them. `snyk code` writes SARIF in either form.
import { asList, asObject, asText } from "../../dependencies/inventory.ts";
import type { Foreign } from "../foreign.ts";
import type { ReportForm } from "../form.ts";
import { type Json, needList, needText, objects } from "../json.ts";
import { fileOf } from "../paths.ts";
import { ReportError } from "../report-error.ts";
import { severityOf } from "../severities.ts";
import { cweOf } from "../weakness-classes.ts";

export const snykForm: ReportForm = {
  name: "snyk",
  what: "what snyk test prints by --json",
  finds: ["dependencies"],
  recognises(value) {
    const all = (Array.isArray(value) ? value : [value]).map(asObject);
    return all.length > 0 && all.every((project) => isProject(project) || isRefusal(project));
  },
  read(value, { cwd }) {
    const all = Array.isArray(value) ? objects(value, "") : [asObject(value)];
    return all.flatMap((project, i) => {
      if (isRefusal(project)) {
        throw new ReportError(
          `snyk could not test: ${String(project["error"])}`,
          "Run it again where it can sign in and finds the project.",
        );
      }
      return ofProject(project, Array.isArray(value) ? `[${i}]` : "", cwd);
    });
  },
};

function isProject(project: Json): boolean {
  return Array.isArray(project["vulnerabilities"]) && typeof project["ok"] === "boolean";
}

function isRefusal(project: Json): boolean {
  return project["ok"] === false && typeof project["error"] === "string";
}

/** One entry for each way to a package: the same vulnerability of the same package is one finding. */
function ofProject(project: Json, at: string, cwd: string): readonly Foreign[] {
  const target = asText(project["displayTargetFile"]) ?? asText(project["targetFile"]);
  const file = target === undefined ? undefined : fileOf(target, cwd);
  const entries = needList(project, "vulnerabilities", at).filter(({ type }) => type !== "license");
  const byCase = Map.groupBy(entries, ({ id, version }) => `${String(id)} ${String(version)}`);
  return [...byCase.values()].map((same) => {
    const entry = same[0] as Json;
    const id = needText(entry, "id", `${at}.vulnerabilities`);
    const name = asText(entry["packageName"]) ?? needText(entry, "moduleName", `${at}.vulnerabilities`);
    const title = needText(entry, "title", `${at}.vulnerabilities`);
    const identifiers = asObject(entry["identifiers"]);
    const known = ["CVE", "GHSA"].flatMap((form) => asList(identifiers[form]).flatMap((one) => asText(one) ?? []));
    const fixed = asList(entry["fixedIn"]).flatMap((one) => asText(one) ?? []);
    return {
      tool: "snyk",
      kind: "dependencies",
      id,
      title,
      severity: severityOf(entry["severityWithCritical"] ?? entry["severity"]),
      confidence: "firm",
      message: `${name} ${asText(entry["version"]) ?? ""} has ${known[0] ?? id}: ${title}.`,
      cwe: cweOf(asList(identifiers["CWE"])),
      remedy: fixed.length === 0 ? "No fixed version is known." : `Install ${name} ${fixed.join(" or ")} or newer.`,
      ...(file !== undefined && { place: { file, line: 1, column: 1 } }),
      advisory: { package: name, names: [id, ...known] },
      what: `${name} ${id} ${file ?? ""}`,
      evidence: same.slice(0, WAYS_SHOWN_MAX).flatMap(({ from }) => {
        const way = asList(from).flatMap((one) => asText(one) ?? []);
        return way.length === 0 ? [] : [{ say: `Needed by: ${way.join(" > ")}` }];
      }),
    };
  });
}

const WAYS_SHOWN_MAX = 5;
