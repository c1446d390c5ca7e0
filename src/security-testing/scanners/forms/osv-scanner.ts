// What `osv-scanner scan --format json` writes (versions 1 and 2).
import { readFileSync } from "node:fs";
import path from "node:path";
import { asList, asObject, asText, lineFinder } from "../../dependencies/inventory.ts";
import type { Severity } from "../../rule.ts";
import type { Foreign } from "../foreign.ts";
import type { ReportContext, ReportForm } from "../form.ts";
import { type Json, needList, needText } from "../json.ts";
import { fileOf } from "../paths.ts";
import { severityOf, severityOfScore } from "../severities.ts";
import { cweOf } from "../weakness-classes.ts";

export const osvScannerForm: ReportForm = {
  name: "osv-scanner",
  what: "what osv-scanner writes by --format json",
  finds: ["dependencies"],
  recognises(value) {
    const report = asObject(value);
    const results = report["results"];
    if (!Array.isArray(results)) return false;
    if (results.length === 0) return report["experimental_config"] !== undefined;
    return results.every((result) => asObject(asObject(result)["source"])["path"] !== undefined);
  },
  read: (value, context) =>
    needList(asObject(value), "results", "").flatMap((result, i) => ofFile(result, `results[${i}]`, context)),
};

function ofFile(result: Json, at: string, { cwd }: ReportContext): readonly Foreign[] {
  const named = needText(asObject(result["source"]), "path", `${at}.source`);
  const file = fileOf(named, cwd) ?? named;
  const lineOf = lineFinder(textOf(cwd, file));
  return needList(result, "packages", at).flatMap((entry, i) => {
    const where = `${at}.packages[${i}]`;
    const about = asObject(entry["package"]);
    const [name, version] = [needText(about, "name", `${where}.package`), asText(about["version"]) ?? ""];
    const line = lineIn(lineOf, name);
    const records = new Map(
      asList(entry["vulnerabilities"])
        .map(asObject)
        .map((record) => [record["id"], record]),
    );
    // With --all-packages those without vulnerabilities are listed, too.
    if (entry["groups"] === undefined && records.size === 0) return [];
    // A group is one vulnerability under all its names.
    return needList(entry, "groups", where).map((group, k) => {
      const ids = asList(group["ids"])
        .flatMap((id) => asText(id) ?? [])
        .toSorted();
      const [id = needText(group, "ids", `${where}.groups[${k}]`)] = ids;
      const record = ids.map((one) => asObject(records.get(one)));
      const names = [...new Set([...ids, ...asList(group["aliases"]).flatMap((alias) => asText(alias) ?? [])])];
      return foreignOf(id, names, record, Number(group["max_severity"] || Number.NaN), { name, version, file, line });
    });
  });
}

interface Package {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly line: number;
}

function foreignOf(
  id: string,
  names: readonly string[],
  records: readonly Json[],
  score: number,
  { name, version, file, line }: Package,
): Foreign {
  const first = (member: string) => records.map((record) => asText(record[member])).find(Boolean);
  const title = (first("summary") ?? first("details") ?? id).split("\n")[0] as string;
  const own = records.map((record) => asObject(record["database_specific"]));
  const fixed = [...new Set(records.flatMap((record) => fixedIn(record, name)))];
  return {
    tool: "osv-scanner",
    kind: "dependencies",
    id,
    title,
    severity: gravity(id, own, score),
    confidence: "firm",
    message: `${name} ${version} has ${id}: ${title}${/[.!?]$/.test(title) ? "" : "."}`,
    cwe: cweOf(own.flatMap(({ cwe_ids }) => asList(cwe_ids))),
    remedy: fixed.length === 0 ? "No fixed version is known." : `Install ${name} ${fixed.join(" or ")} or newer.`,
    place: { file, line, column: 1 },
    advisory: { package: name, names },
    what: `${name} ${id}`,
  };
}

/** As our own test of dependencies weighs the same record. */
function gravity(id: string, own: readonly Json[], score: number): Severity {
  if (id.startsWith("MAL-")) return "critical";
  const word = own.map(({ severity }) => asText(severity)).find(Boolean);
  if (word !== undefined) return severityOf(word);
  return Number.isFinite(score) ? severityOfScore(score) : severityOf(undefined);
}

function fixedIn(record: Json, name: string): readonly string[] {
  return asList(record["affected"])
    .map(asObject)
    .filter((affected) => asObject(affected["package"])["name"] === name)
    .flatMap((affected) => asList(affected["ranges"]).map(asObject))
    .flatMap((range) => asList(range["events"]).map(asObject))
    .flatMap(({ fixed }) => asText(fixed) ?? []);
}

/** Where the lock file begins to speak of it, whatever its form: 1 where nobody can tell. */
function lineIn(lineOf: (mark: string) => number, name: string): number {
  const marks = [`node_modules/${name}":`, `"${name}@`, `/${name}@`, `${name}@`, `"${name}"`];
  return marks.map((mark) => lineOf(mark)).find((line) => line > 1) ?? 1;
}

function textOf(cwd: string, file: string): string {
  try {
    return readFileSync(path.resolve(cwd, file), "utf8");
  } catch {
    return "";
  }
}
