// What a SonarQube server (10.3 and newer) knows of a project: security issues, hotspots to review, and its quality gate, by its web API.
import { EgressError } from "../../egress/egress-error.ts";
import { createServerClient, type ServerClient } from "../../egress/server-client.ts";
import { asList, asObject, asText } from "../dependencies/inventory.ts";
import { clean, withoutMarkup } from "./cleaning.ts";
import type { Foreign } from "./foreign.ts";
import { type Json, needList, needText, numberOf } from "./json.ts";
import { ReportError } from "./report-error.ts";
import { severityOf } from "./severities.ts";
import { cweOf } from "./weakness-classes.ts";

export const SONARQUBE = "sonarqube";
const SONAR_TOKEN = "SONAR_TOKEN";

const CONNECT_TIMEOUT_MS = 10_000;
const TIMEOUT_MS = 60_000;
const BYTES_MAX = 64 * 1024 * 1024;
const PAGE = 500;
/** SonarQube gives no more of one question. */
const TOTAL_MAX = 10_000;
const CLASSES_MAX = 100;
const QUERY = new Set(["project", "branch", "pullRequest"]);

interface Server {
  readonly client: ServerClient;
  readonly token: string;
  /** Which project, and which of its branches. */
  readonly which: URLSearchParams;
  readonly signal: AbortSignal | undefined;
}

/** `https://sonar.example.com/?project=shop`, also with `branch` or `pullRequest`. Throws ReportError. */
export async function askSonarQube(
  address: string,
  env: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<readonly Foreign[]> {
  const url = URL.parse(address);
  const form = `${SONARQUBE}:https://sonar.example.com/?project=KEY`;
  if (url === null || !/^https?:$/.test(url.protocol)) throw new ReportError(`${address} is no address`, form);
  if (url.username !== "" || url.password !== "")
    throw new ReportError("the address holds a credential", `Give the token by ${SONAR_TOKEN}.`);
  const project = url.searchParams.get("project");
  const unknown = [...url.searchParams.keys()].find((name) => !QUERY.has(name));
  if (project === null || project === "") throw new ReportError("the address names no project", form);
  if (unknown !== undefined)
    throw new ReportError(`the address has "${unknown}"`, `Known are ${[...QUERY].join(", ")}.`);
  const token = env[SONAR_TOKEN];
  if (token === undefined || token === "")
    throw new ReportError(`${SONAR_TOKEN} is not set`, "Make a token in SonarQube: My Account, Security.");
  const client = createServerClient({
    url: url.origin + url.pathname,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    firstByteTimeoutMs: TIMEOUT_MS,
  });
  const which = new URLSearchParams(url.searchParams);
  which.delete("project");
  try {
    return await known({ client, token, which, signal }, project);
  } catch (error) {
    if (!(error instanceof EgressError)) throw error;
    throw new ReportError(`SonarQube cannot be asked: ${error.message}`);
  } finally {
    await client.close();
  }
}

async function known(server: Server, project: string): Promise<readonly Foreign[]> {
  const security = { components: project, resolved: "false", impactSoftwareQualities: "SECURITY" };
  const issues = await all(server, "/api/issues/search", "issues", security);
  const classes = await classesOf(server, security);
  const hotspots = await all(server, "/api/hotspots/search", "hotspots", { project, status: "TO_REVIEW" });
  const gate = await ask(server, "/api/qualitygates/project_status", { projectKey: project });
  return [
    ...issues.filter(isTheirs).map((issue, i) => ofIssue(issue, `issues[${i}]`, project, classes)),
    ...hotspots.filter(isTheirs).map((hotspot, i) => ofHotspot(hotspot, `hotspots[${i}]`, project)),
    ...ofGate(asObject(gate["projectStatus"]), project),
  ];
}

/** What we pushed to it comes back otherwise. */
function isTheirs(entry: Json): boolean {
  return !String(entry["rule"] ?? entry["ruleKey"]).startsWith("external_portcullis:");
}

/** An issue does not say its class; but who asks for a class gets its issues. */
async function classesOf(
  server: Server,
  which: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, number[]>> {
  const first = await ask(server, "/api/issues/search", { ...which, facets: "cwe", ps: "1" });
  const facet = asList(first["facets"])
    .map(asObject)
    .find(({ property }) => property === "cwe");
  const values = asList(facet?.["values"]).map(asObject);
  // "unknown" is one of them.
  const numbers = values.flatMap(({ val }) => cweOf([val]));
  const classes = new Map<string, number[]>();
  for (const cwe of numbers.slice(0, CLASSES_MAX)) {
    // oxlint-disable-next-line no-await-in-loop -- one after another: it is not our server
    for (const { key } of await all(server, "/api/issues/search", "issues", { ...which, cwe: `${cwe}` }))
      classes.set(String(key), [...(classes.get(String(key)) ?? []), cwe]);
  }
  return classes;
}

async function all(
  server: Server,
  path: string,
  member: string,
  which: Readonly<Record<string, string>>,
): Promise<readonly Json[]> {
  const entries: Json[] = [];
  for (let page = 1; ; page += 1) {
    // oxlint-disable-next-line no-await-in-loop
    const answer = await ask(server, path, { ...which, ps: `${PAGE}`, p: `${page}` });
    const found = needList(answer, member, "its answer");
    entries.push(...found);
    const total = Number(asObject(answer["paging"])["total"]);
    if (!(total <= TOTAL_MAX))
      throw new ReportError(
        `it has ${total} ${member}, and SonarQube gives ${TOTAL_MAX}`,
        "Resolve some of them first.",
      );
    if (entries.length >= total || found.length === 0) return entries;
  }
}

async function ask(
  { client, token, which, signal }: Server,
  path: string,
  more: Readonly<Record<string, string>>,
): Promise<Json> {
  const query = new URLSearchParams([...Object.entries(more), ...which]);
  const { status, body } = await client.ask({
    method: "GET",
    path: `${path}?${query.toString()}`,
    fields: { authorization: `Bearer ${token}`, accept: "application/json" },
    timeoutMs: TIMEOUT_MS,
    bytesMax: BYTES_MAX,
    ...(signal !== undefined && { signal }),
  });
  if (status === 401) throw new ReportError(`SonarQube takes the token of ${SONAR_TOKEN} for none of its own`);
  if (status === 403)
    throw new ReportError("the token may not browse that project", "Give its user the permission Browse.");
  let answer: Json;
  try {
    answer = asObject(JSON.parse(body.toString("utf8")));
  } catch {
    throw new ReportError(`${client.origin}${path} answered ${status}, and no JSON`, "Is that a SonarQube?");
  }
  if (status !== 200) {
    const said = asText(asObject(asList(answer["errors"])[0])["msg"]) ?? "";
    throw new ReportError(`SonarQube answered ${status}: ${clean(said, SAID_LENGTH_MAX)}`);
  }
  return answer;
}

const SAID_LENGTH_MAX = 200;

function ofIssue(issue: Json, at: string, project: string, classes: ReadonlyMap<string, number[]>): Foreign {
  const rule = needText(issue, "rule", at);
  const message = needText(issue, "message", at);
  const impacts = asList(issue["impacts"]).map(asObject);
  const impact = impacts.find(({ softwareQuality }) => softwareQuality === "SECURITY")?.["severity"];
  return {
    ...placed(issue, at, project),
    id: rule,
    title: withoutMarkup(message),
    severity: severityOf(impact ?? issue["severity"]),
    confidence: "firm",
    message: withoutMarkup(message),
    cwe: classes.get(String(issue["key"])) ?? [],
    remedy: `SonarQube explains its rule ${rule}.`,
  };
}

function ofHotspot(hotspot: Json, at: string, project: string): Foreign {
  const rule = asText(hotspot["ruleKey"]) ?? needText(hotspot, "securityCategory", at);
  return {
    ...placed(hotspot, at, project),
    id: rule,
    title: `A place that somebody should look at (${rule})`,
    severity: severityOf(hotspot["vulnerabilityProbability"]),
    confidence: "tentative",
    message: withoutMarkup(needText(hotspot, "message", at)),
    cwe: [],
    remedy: "Look at it, and say in SonarQube that it is safe or fixed.",
  };
}

function placed(entry: Json, at: string, project: string): Pick<Foreign, "tool" | "kind" | "place"> {
  const component = needText(entry, "component", at);
  const file = component.startsWith(`${project}:`) ? component.slice(project.length + 1) : undefined;
  const range = asObject(entry["textRange"]);
  const line = numberOf(range["startLine"] ?? entry["line"]);
  return {
    tool: SONARQUBE,
    kind: "source",
    ...(file !== undefined && {
      place: { file, line, column: 1, endLine: Math.max(line, numberOf(range["endLine"])) },
    }),
  };
}

function ofGate(status: Json, project: string): readonly Foreign[] {
  const verdict = needText(status, "status", "its answer about the quality gate");
  if (verdict !== "ERROR") return [];
  const failed = asList(status["conditions"])
    .map(asObject)
    .filter((condition) => condition["status"] === "ERROR")
    .map(
      ({ metricKey, actualValue, comparator, errorThreshold }) =>
        `${String(metricKey)} is ${String(actualValue)} (${comparator === "LT" ? "at least" : "at most"} ${String(errorThreshold)})`,
    );
  return [
    {
      tool: SONARQUBE,
      kind: "source",
      id: "quality-gate",
      title: "The quality gate of SonarQube is not passed",
      severity: "high",
      confidence: "certain",
      message: `The quality gate of ${project} is not passed: ${failed.join(", ")}.`,
      cwe: [],
      remedy: "Look at the project in SonarQube: each condition leads to what fails it.",
      what: project,
    },
  ];
}
