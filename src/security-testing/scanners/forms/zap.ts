// OWASP ZAP: its JSON reports (`traditional-json`, also `-plus`), and what its API answers on `alert/view/alerts`.
import { asList, asObject, asText } from "../../dependencies/inventory.ts";
import type { Severity } from "../../rule.ts";
import { withoutMarkup } from "../cleaning.ts";
import type { Foreign } from "../foreign.ts";
import type { ReportForm } from "../form.ts";
import { type Json, needList, needText, objects } from "../json.ts";
import { confidenceOf, severityOf } from "../severities.ts";
import { cweOf } from "../weakness-classes.ts";

export const zapForm: ReportForm = {
  name: "zap",
  what: "a JSON report of OWASP ZAP, or its API's answer about alerts",
  finds: ["dynamic"],
  recognises: (value) => isReport(asObject(value)) || isAnswer(asObject(value)),
  read(value) {
    const report = asObject(value);
    if (isAnswer(report)) return objects(asList(report["alerts"]), "alerts").flatMap(ofAnswer);
    return needList(report, "site", "").flatMap((site, i) =>
      needList(site, "alerts", `site[${i}]`).flatMap((alert, k) => ofReport(alert, `site[${i}].alerts[${k}]`)),
    );
  },
};

const RISKS: readonly Severity[] = ["info", "low", "medium", "high"];
const CONFIDENCES = ["False Positive", "Low", "Medium", "High", "User Confirmed"];
const FALSE = "False Positive";
/** Where ZAP put its attack, as the document calls the places. */
const VECTORS: Readonly<Record<string, string>> = {
  querystring: "query",
  urlpath: "path",
  form: "body",
  json: "body",
  xml: "body",
  multipart: "body",
  header: "header",
  cookie: "cookie",
};

function isReport(report: Json): boolean {
  return Array.isArray(report["site"]) && (report["@version"] !== undefined || report["@programName"] === "ZAP");
}

function isAnswer(report: Json): boolean {
  const alerts = report["alerts"];
  return Array.isArray(alerts) && alerts.every((alert) => asObject(alert)["pluginId"] !== undefined);
}

/** One entry for each request. */
function ofAnswer(alert: Json, i: number): readonly Foreign[] {
  const at = `alerts[${i}]`;
  if (alert["confidence"] === FALSE) return [];
  return [
    {
      ...ruleIn(alert, needText(alert, "pluginId", at), needText(alert, "description", at)),
      severity: severityOf(needText(alert, "risk", at)),
      confidence: confidenceOf(alert["confidence"]),
      ...instance(alert, needText(alert, "url", at), at, titleOf(alert)),
    },
  ];
}

/** One entry for each rule, with its requests. */
function ofReport(alert: Json, at: string): readonly Foreign[] {
  const confidence = CONFIDENCES[Number(alert["confidence"])];
  if (confidence === FALSE) return [];
  const rule = ruleIn(alert, needText(alert, "pluginid", at), asText(alert["desc"]) ?? "");
  const severity = RISKS[Number(needText(alert, "riskcode", at))] ?? severityOf(undefined);
  return needList(alert, "instances", at).map((entry, i) => {
    const where = `${at}.instances[${i}]`;
    return {
      ...rule,
      severity,
      confidence: confidenceOf(confidence),
      ...instance(entry, needText(entry, "uri", where), where, titleOf(alert)),
    };
  });
}

type RulePart = Pick<Foreign, "tool" | "kind" | "id" | "title" | "cwe" | "remedy">;

function ruleIn(alert: Json, id: string, description: string): RulePart {
  const solution = withoutMarkup(asText(alert["solution"]) ?? "");
  return {
    tool: "zap",
    kind: "dynamic",
    id: asText(alert["alertRef"]) || id,
    title: titleOf(alert) ?? id,
    cwe: cweOf([alert["cweid"]]),
    remedy: solution || withoutMarkup(description),
  };
}

function titleOf(alert: Json): string | undefined {
  return asText(alert["name"]) ?? asText(alert["alert"]);
}

type InstancePart = Pick<Foreign, "request" | "message" | "evidence">;

function instance(entry: Json, url: string, at: string, title = "Alert"): InstancePart {
  const method = needText(entry, "method", at);
  const [name, attack, proof] = ["param", "attack", "evidence"].map((member) => asText(entry[member]) ?? "");
  const vector = VECTORS[String(entry["inputVector"]).toLowerCase()];
  const parameter =
    name === "" ? undefined : vector === undefined ? name : `${vector} ${vector === "body" ? "/" : ""}${name}`;
  const body = asText(entry["request-body"]);
  return {
    request: { method, url, ...(parameter !== undefined && { parameter }) },
    message: `${title}: ${method} ${URL.parse(url)?.pathname ?? url}${parameter === undefined ? "" : `, ${parameter}`}`,
    evidence: [
      {
        say: [
          `${method} ${url}`,
          ...(attack ? [`was attacked by ${attack}`] : []),
          ...(proof ? [`and showed ${proof}`] : []),
        ].join(" "),
        // What it sent beside the address is not in every report: without it nothing could be replayed.
        ...((method === "GET" || body !== undefined) && { curl: curlOf(method, url, body) }),
      },
    ],
  };
}

function curlOf(method: string, url: string, body: string | undefined): string {
  const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  return [
    "curl",
    "-i",
    ...(method === "GET" ? [] : ["-X", quoted(method)]),
    quoted(url),
    ...(body ? ["-d", quoted(body)] : []),
  ].join(" ");
}
