// SARIF 2.1.0 of whatever tool: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
import { asList, asObject, asText } from "../../dependencies/inventory.ts";
import { maskSecrets } from "../../masking.ts";
import { RULES } from "../../registry.ts";
import type { Kind, Rule } from "../../rule.ts";
import { advisoryIn } from "../advisories.ts";
import { clean, idOf } from "../cleaning.ts";
import type { Foreign } from "../foreign.ts";
import type { ReportContext, ReportForm } from "../form.ts";
import { type Json, needList, needText, numberOf } from "../json.ts";
import { fileOf } from "../paths.ts";
import { ReportError } from "../report-error.ts";
import { confidenceOf, severityOf, severityOfScore } from "../severities.ts";
import { cweOf, headOf } from "../weakness-classes.ts";

export const sarifForm: ReportForm = {
  name: "sarif",
  what: "SARIF 2.1.0 of any tool",
  finds: [],
  recognises: (value) => Array.isArray(asObject(value)["runs"]) && String(asObject(value)["version"]).startsWith("2.1"),
  read(value, context) {
    const runs = needList(asObject(value), "runs", "");
    if (runs.length === 0) throw new ReportError("it tells of no run", "The tool did not begin: see what it said.");
    return runs.flatMap((run, i) => readRun(run, `runs[${i}]`, context));
  },
};

/** Kinds of tools by their names; where the name does not tell, the weakness does. */
const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [/gitleaks|trufflehog|secret/i, "secrets"],
  [/osv|open source|dependency|audit|trivy|grype/i, "dependencies"],
  [/\bzap\b|schemathesis|nuclei|dast/i, "dynamic"],
];
const COMPLAINT_LENGTH_MAX = 200;
const SECRETS_HEAD = 798;
const DEPENDENCIES_CWE: ReadonlySet<number> = new Set([937, 1035, 1104, 1395]);
const NOT_FOUND: ReadonlySet<unknown> = new Set(["pass", "notApplicable", "informational"]);

function readRun(run: Json, at: string, context: ReportContext): readonly Foreign[] {
  const tool = asObject(run["tool"]);
  const driver = asObject(tool["driver"]);
  const name = needText(driver, "name", `${at}.tool.driver`);
  if (name === "Portcullis")
    throw new ReportError("it is a report of Portcullis itself", "An earlier run is compared with by --baseline.");
  if (asList(run["invocations"]).some((one) => asObject(one)["executionSuccessful"] === false))
    throw new ReportError(`${clean(name, COMPLAINT_LENGTH_MAX)} says in ${at} that it failed`, complaintOf(run));
  const components = [driver, ...asList(tool["extensions"]).map(asObject)];
  const rules = components.map((component) => asList(component["rules"]).map(asObject));
  return needList(run, "results", at).flatMap((result, i) => {
    if (NOT_FOUND.has(result["kind"]) || result["baselineState"] === "absent" || isSuppressed(result)) return [];
    return [foreignOf(result, ruleOf(result, rules), name, run, `${at}.results[${i}]`, context)];
  });
}

/** What it says of its failure, where it does. */
function complaintOf(run: Json): string {
  const notes = asList(run["invocations"]).flatMap((one) => {
    const { toolExecutionNotifications, toolConfigurationNotifications, exitCodeDescription } = asObject(one);
    const said = [...asList(toolExecutionNotifications), ...asList(toolConfigurationNotifications)].map(asObject);
    const errors = said.filter(({ level }) => level === "error").map(({ message }) => textOf(asObject(message)));
    return [...errors, asText(exitCodeDescription)];
  });
  const first = notes.find((note) => note !== undefined && note !== "");
  const why = first === undefined ? "" : ` It said: ${clean(maskSecrets(first), COMPLAINT_LENGTH_MAX)}`;
  return `See what stopped it, and have it write the report anew.${why}`;
}

function foreignOf(result: Json, rule: Json, name: string, run: Json, at: string, { cwd }: ReportContext): Foreign {
  const id = asText(result["ruleId"]) ?? asText(rule["id"]) ?? asText(asObject(result["rule"])["id"]);
  if (id === undefined) throw new ReportError(`${at} names no rule`, "SARIF needs ruleId, or ruleIndex with rules.");
  const properties = asObject(rule["properties"]);
  const message = textOf(asObject(result["message"]), rule) ?? id;
  const title = textOf(asObject(rule["shortDescription"])) ?? asText(rule["name"]) ?? id;
  const cwe = cweIn(result, rule);
  const kind = kindOf(name, cwe);
  const physical = asObject(asObject(asList(result["locations"])[0])["physicalLocation"]);
  const { file, address } = whereOf(asObject(physical["artifactLocation"]), run, cwd);
  const region = asObject(physical["region"]);
  const endLine = region["endLine"];
  const score = Number(asObject(result["properties"])["security-severity"] ?? properties["security-severity"]);
  const level = result["level"] ?? asObject(rule["defaultConfiguration"])["level"] ?? "warning";
  const advisory = kind === "dependencies" ? advisoryIn([id, ...asList(rule["deprecatedIds"]), message]) : undefined;
  const web = asObject(result["webRequest"]);
  const ours = oursIn(properties, kind);
  const theirs = Number.isFinite(score) ? severityOfScore(score) : severityOf(level);
  return {
    tool: idOf(name.toLowerCase()),
    kind,
    id,
    ...(ours !== undefined && { ours: ours.id }),
    title,
    severity: ours?.severity ?? theirs,
    confidence: confidenceOf(asObject(result["properties"])["precision"] ?? properties["precision"]),
    message,
    cwe,
    remedy: textOf(asObject(rule["help"])) ?? asText(rule["helpUri"]) ?? "",
    ...(file !== undefined && {
      place: {
        file,
        line: numberOf(region["startLine"]),
        column: numberOf(region["startColumn"]),
        ...(typeof endLine === "number" && { endLine: numberOf(endLine) }),
      },
    }),
    ...(address !== undefined && {
      request: { method: asText(web["method"]) ?? "GET", url: asText(web["target"]) ?? address },
    }),
    ...(advisory !== undefined && { advisory, what: `${advisory.package} ${id}` }),
  };
}

function ruleOf(result: Json, rules: readonly (readonly Json[])[]): Json {
  const reference = asObject(result["rule"]);
  const component = Number(asObject(reference["toolComponent"])["index"] ?? -1) + 1;
  const index = Number(result["ruleIndex"] ?? reference["index"] ?? -1);
  const id = asText(result["ruleId"]) ?? asText(reference["id"]);
  const named = rules.flat().find((rule) => rule["id"] === id);
  return rules[component]?.[index] ?? named ?? {};
}

/** Semgrep has no other place in SARIF for what a rule says of itself. */
function oursIn({ tags }: Json, kind: Kind): Rule | undefined {
  const named = asList(tags).flatMap((tag) => /^portcullis:(.+)$/.exec(String(tag))?.[1] ?? []);
  return named.map((id) => RULES.get(id)).find((rule) => rule?.kind === "source" && kind === "source");
}

function kindOf(name: string, cwe: readonly number[]): Kind {
  const named = KINDS.find(([pattern]) => pattern.test(name))?.[1];
  if (named !== undefined) return named;
  if (cwe.some((number) => headOf(number) === SECRETS_HEAD)) return "secrets";
  return cwe.some((number) => DEPENDENCIES_CWE.has(number)) ? "dependencies" : "source";
}

/** Tools write it into tags, into a property of their own, or into a relationship to CWE's taxonomy. */
function cweIn(result: Json, rule: Json): readonly number[] {
  const properties = [asObject(rule["properties"]), asObject(result["properties"])];
  const tagged = properties.flatMap(({ tags }) => asList(tags).filter((tag) => /\bcwe\b/i.test(String(tag))));
  const own = properties.flatMap(({ cwe, cweid }) => [...(Array.isArray(cwe) ? cwe : [cwe]), cweid]);
  const related = asList(rule["relationships"])
    .map((relation) => asObject(asObject(relation)["target"]))
    .filter((target) => /cwe/i.test(String(asObject(target["toolComponent"])["name"])))
    .map((target) => target["id"]);
  const taxa = asList(result["taxa"])
    .map(asObject)
    .filter((taxon) => /cwe/i.test(String(asObject(taxon["toolComponent"])["name"])))
    .map((taxon) => taxon["id"]);
  return cweOf([...tagged, ...own, ...related, ...taxa]);
}

function textOf(message: Json, rule: Json = {}): string | undefined {
  const strings = asObject(rule["messageStrings"]);
  const text =
    asText(message["text"]) || asText(asObject(strings[String(message["id"])])["text"]) || asText(message["markdown"]);
  const values = asList(message["arguments"]);
  return text?.replaceAll(/\{(\d{1,3})\}/g, (whole, index: string) => asText(values[Number(index)]) ?? whole);
}

function whereOf(given: Json, run: Json, cwd: string): { readonly file?: string; readonly address?: string } {
  const listed = asObject(asObject(asList(run["artifacts"])[Number(given["index"])])["location"]);
  const uri = asText(given["uri"]) ?? asText(listed["uri"]);
  if (uri === undefined) return {};
  if (/^https?:/i.test(uri)) return { address: uri };
  const base = asObject(asObject(run["originalUriBaseIds"])[String(given["uriBaseId"] ?? listed["uriBaseId"])]);
  const file = fileOf(uri, cwd, asText(base["uri"]) ?? "");
  return file === undefined ? {} : { file };
}

/** Somebody decided about it where the tool keeps its decisions. */
function isSuppressed(result: Json): boolean {
  const suppressions = asList(result["suppressions"]).map(asObject);
  return suppressions.some(({ status }) => status === undefined || status === "accepted");
}
