// A plan for OWASP ZAP's automation framework, from the document and how callers sign in. It holds names of credentials, never one.
// https://www.zaproxy.org/docs/automate/automation-framework/
import type { ApiDescription } from "../../openapi/api-description.ts";
import type { SecurityScheme } from "../../openapi/operation.ts";

export interface PlanInput {
  readonly api: ApiDescription;
  /** As the plan's machine reaches it, without the servers' base path. */
  readonly url: URL;
  /** Where ZAP sees the document; a default that the environment may change. */
  readonly document: string;
  readonly minutes: number;
  /** Fields that a caller of the test file sends: their values name variables of the environment, `${API_TOKEN}`. */
  readonly headers: readonly Header[];
}

export interface Header {
  readonly name: string;
  readonly value: string;
}

export interface ZapPlan {
  readonly plan: object;
  /** Names that the environment must have. */
  readonly variables: readonly string[];
  /** Schemes whose credentials ZAP cannot be given this way. */
  readonly left: readonly string[];
}

const CONTEXT = "portcullis";
/** Of the container that ZAP is published as. */
const FOLDER = "/zap/wrk";
/** It drives a browser, and an API has no pages. */
const DOM_RULE = 40026;
const VARIABLE = /\$\{([A-Za-z_]\w*)\}/g;
const PASSIVE_MINUTES = 5;

export function zapPlan({ api, url, document, minutes, headers }: PlanInput): ZapPlan {
  const target = url.origin + basePathOf(api);
  const inside = `^${url.origin.replaceAll(/[.[\]]/g, String.raw`\$&`)}/.*`;
  const schemes = usedSchemes(api);
  const sent = headers.length > 0 ? headers : headersOf(schemes);
  const rules = sent.map(({ name, value }) => ({
    description: `credential in ${name}`,
    // A credential goes to nobody else, wherever an answer leads.
    url: inside,
    matchType: "req_header",
    matchString: name,
    matchRegex: false,
    replacementString: value,
  }));
  const jobs = [
    { type: "passiveScan-config", parameters: { maxAlertsPerRule: 10, scanOnlyInScope: true } },
    ...(rules.length === 0 ? [] : [{ type: "replacer", parameters: { deleteAllRules: true }, rules }]),
    {
      type: "openapi",
      parameters: { apiFile: "${PORTCULLIS_DOCUMENT}", targetUrl: "${PORTCULLIS_URL}", context: CONTEXT },
    },
    { type: "passiveScan-wait", parameters: { maxDuration: PASSIVE_MINUTES } },
    {
      type: "activeScan",
      parameters: { context: CONTEXT, maxScanDurationInMins: minutes },
      policyDefinition: {
        defaultStrength: "Medium",
        defaultThreshold: "Medium",
        rules: [{ id: DOM_RULE, threshold: "Off" }],
      },
    },
    {
      type: "report",
      parameters: {
        // The one with requests and answers would hold the credentials.
        template: "traditional-json",
        reportDir: "${PORTCULLIS_REPORTS}",
        reportFile: "zap-report",
        reportTitle: api.title,
        displayReport: false,
      },
    },
  ];
  const env = {
    contexts: [{ name: CONTEXT, urls: [target], includePaths: [inside] }],
    vars: { PORTCULLIS_URL: target, PORTCULLIS_DOCUMENT: document, PORTCULLIS_REPORTS: FOLDER },
    // A credential that the environment does not have is a warning: better no scan than one as nobody.
    parameters: { failOnError: true, failOnWarning: true, progressToStdout: true },
  };
  return {
    plan: { env, jobs },
    variables: [
      ...new Set(sent.flatMap(({ value }) => [...value.matchAll(VARIABLE)].map((match) => match[1] as string))),
    ],
    left: headers.length > 0 ? [] : schemes.filter((scheme) => headerOf(scheme) === undefined).map(({ name }) => name),
  };
}

export const ZAP_FOLDER = FOLDER;

/** What `servers` put before the paths of the document. */
function basePathOf({ operations }: ApiDescription): string {
  const [first] = operations;
  return first === undefined ? "" : first.template.slice(0, first.template.length - first.documentTemplate.length);
}

function usedSchemes({ operations, schemes }: ApiDescription): readonly SecurityScheme[] {
  const names = new Set(operations.flatMap(({ security }) => (security ?? []).flat().map(({ scheme }) => scheme)));
  return [...schemes.values()].filter(({ name }) => names.has(name));
}

function headersOf(schemes: readonly SecurityScheme[]): readonly Header[] {
  // Two schemes that use one field have one credential: no request sends two.
  const byName = new Map<string, Header>();
  for (const scheme of schemes) {
    const header = headerOf(scheme);
    const name = header?.name.toLowerCase();
    if (header !== undefined && name !== undefined && !byName.has(name)) byName.set(name, header);
  }
  return [...byName.values()];
}

function headerOf(scheme: SecurityScheme): Header | undefined {
  const { type, name, parameterName = "" } = scheme;
  const key = `\${PORTCULLIS_KEY_${name.replaceAll(/\W/g, "_").toUpperCase()}}`;
  if (type === "http" && scheme.scheme === "basic")
    return { name: "Authorization", value: "Basic ${PORTCULLIS_BASIC}" };
  if (type === "apiKey" && scheme.in === "header") return { name: parameterName, value: key };
  if (type === "apiKey" && scheme.in === "cookie") return { name: "Cookie", value: `${parameterName}=${key}` };
  if (type === "apiKey" || type === "mutualTLS") return undefined;
  return { name: "Authorization", value: "Bearer ${PORTCULLIS_TOKEN}" };
}
