// What `npm audit --json` prints (npm 7 and newer).
import { readFileSync } from "node:fs";
import path from "node:path";
import { asList, asObject, asText, type Inventory } from "../../dependencies/inventory.ts";
import { readNpmLock } from "../../dependencies/npm-lock.ts";
import { advisoryNamesIn } from "../advisories.ts";
import type { Foreign } from "../foreign.ts";
import type { ReportContext, ReportForm } from "../form.ts";
import { type Json, needText, objects } from "../json.ts";
import { ReportError } from "../report-error.ts";
import { severityOf } from "../severities.ts";
import { cweOf } from "../weakness-classes.ts";

const LOCK_FILE = "package-lock.json";

export const npmAuditForm: ReportForm = {
  name: "npm-audit",
  what: "what npm audit --json prints",
  finds: ["dependencies"],
  recognises: (value) => {
    const report = asObject(value);
    return report["auditReportVersion"] !== undefined || isRefusal(report) || report["advisories"] !== undefined;
  },
  read(value, context) {
    const report = asObject(value);
    if (isRefusal(report)) {
      const said = asText(report["message"]) || asText(asObject(report["error"])["summary"]) || "no more than that";
      throw new ReportError(`npm audit failed: it says ${said}`, "Run it again where it reaches the registry.");
    }
    if (report["auditReportVersion"] !== 2)
      throw new ReportError("it is of an npm before 7", "Write it with npm 7 or newer.");
    const lock = lockOf(context);
    return Object.entries(asObject(report["vulnerabilities"])).flatMap(([name, entry]) =>
      ofPackage(name, asObject(entry), lock),
    );
  },
};

function isRefusal(report: Json): boolean {
  const { code, summary } = asObject(report["error"]);
  return report["auditReportVersion"] === undefined && (code !== undefined || summary !== undefined);
}

/** What only passes on the vulnerability of another is named by that other. */
function ofPackage(name: string, entry: Json, lock: Inventory | undefined): readonly Foreign[] {
  const vias = asList(entry["via"]).filter((via) => typeof via !== "string");
  return objects(vias, `vulnerabilities.${name}.via`).map((via, i) => {
    const at = `vulnerabilities.${name}.via[${i}]`;
    const url = needText(via, "url", at);
    const title = needText(via, "title", at);
    const ids = advisoryNamesIn(url);
    const id = ids[0] ?? url.split("/").at(-1) ?? url;
    const range = asText(via["range"]) ?? "";
    const nodes = asList(entry["nodes"]).flatMap((node) => asText(node) ?? []);
    const installed = nodes.flatMap((node) => lock?.packages.get(node) ?? []);
    const versions = [...new Set(installed.map(({ version }) => version))];
    return {
      tool: "npm-audit",
      kind: "dependencies",
      id,
      title,
      severity: severityOf(via["severity"]),
      confidence: "firm",
      message: `${name} ${versions.length === 0 ? range : versions.join(", ")} has ${id}: ${title}.`,
      cwe: cweOf(asList(via["cwe"])),
      remedy: fixOf(name, entry["fixAvailable"]),
      place: { file: LOCK_FILE, line: installed[0]?.line ?? 1, column: 1 },
      advisory: { package: name, names: ids.length === 0 ? [id] : ids },
      what: `${name} ${id}`,
      evidence: nodes.slice(0, NODES_SHOWN_MAX).map((node) => ({ say: `Installed at ${node}` })),
    };
  });
}

const NODES_SHOWN_MAX = 5;

function fixOf(name: string, fix: unknown): string {
  if (fix === true) return `Run npm audit fix: it installs a version of ${name} without it.`;
  const { name: of, version } = asObject(fix);
  if (asText(of) === undefined || asText(version) === undefined) return "npm knows of no version without it.";
  return `Install ${String(of)} ${String(version)}${asObject(fix)["isSemVerMajor"] === true ? ", a new major version" : ""}.`;
}

/** Its report has places of `node_modules`: versions and lines stand in the lock file. */
function lockOf({ cwd }: ReportContext): Inventory | undefined {
  try {
    return readNpmLock(LOCK_FILE, readFileSync(path.join(cwd, LOCK_FILE), "utf8"));
  } catch {
    return undefined;
  }
}
