// Reads security schemes and what operations ask of them (OpenAPI 3.1 4.8.27, 4.8.30).
import type { SchemeRequirement, SecurityAlternatives } from "../core/security.ts";
import type { Findings } from "./findings.ts";
import { checkKeys, nearest } from "./known-keys.ts";
import type { Located } from "./located.ts";
import type { SecurityScheme } from "./operation.ts";
import { isObject, memberOf } from "./pointer.ts";

const TYPES: readonly string[] = ["apiKey", "http", "oauth2", "openIdConnect", "mutualTLS"];

/** All schemes of the root document by name. */
export function readSchemes(findings: Findings): ReadonlyMap<string, SecurityScheme> {
  const schemes = new Map<string, SecurityScheme>();
  const all = findings.set.child(findings.set.root, "components", "securitySchemes");
  for (const name of findings.members(all, '"securitySchemes"')) {
    const scheme = readScheme(findings, name, findings.set.child(all, name));
    if (scheme !== undefined) schemes.set(name, scheme);
  }
  return schemes;
}

function readScheme(findings: Findings, name: string, at: Located): SecurityScheme | undefined {
  const node = findings.object(at, `the security scheme "${name}"`);
  if (node === undefined) return undefined;
  checkKeys(findings, node, "security scheme");
  const type = findings.text(node, "type", true);
  if (type === undefined) return undefined;
  if (!TYPES.includes(type)) {
    const meant = nearest(type, TYPES);
    const remedy = meant === undefined ? `Choose one of ${TYPES.join(", ")}.` : `Did you mean "${meant}"?`;
    findings.error("openapi.security-scheme", node, `"${type}" is no type of security scheme`, remedy, "type");
    return undefined;
  }
  const isKey = type === "apiKey";
  const place = isKey ? findings.text(node, "in", true) : undefined;
  if (place !== undefined && place !== "header" && place !== "query" && place !== "cookie") {
    findings.error("openapi.security-scheme", node, `"in" is "${place}"`, "Choose header, query or cookie.", "in");
    return undefined;
  }
  return {
    name,
    type: type as SecurityScheme["type"],
    scheme: type === "http" ? findings.text(node, "scheme", true)?.toLowerCase() : undefined,
    in: place,
    parameterName: isKey ? findings.text(node, "name", true) : undefined,
    openIdConnectUrl: type === "openIdConnect" ? findings.text(node, "openIdConnectUrl", true) : undefined,
    at: node,
  };
}

/** What `security` of this node asks for; undefined where the node is silent. */
export function readSecurity(
  findings: Findings,
  node: Located,
  schemes: ReadonlyMap<string, SecurityScheme>,
): SecurityAlternatives | undefined {
  return findings.list(node, "security")?.map((item) => readAlternative(findings, item, schemes));
}

function readAlternative(
  findings: Findings,
  item: Located,
  schemes: ReadonlyMap<string, SecurityScheme>,
): readonly SchemeRequirement[] {
  if (!isObject(item.value)) {
    findings.error(
      "openapi.structure",
      item,
      "an item of security must be an object",
      "Write it as - schemeName: [scopes].",
    );
    return [];
  }
  const declared = findings.set.child(findings.set.root, "components", "securitySchemes").value;
  return Object.keys(item.value).map((scheme): SchemeRequirement => {
    const known = schemes.get(scheme);
    // A scheme that is declared and broken was reported where it stands.
    if (known === undefined && memberOf(declared, scheme) === undefined) reportUnknown(findings, item, scheme, schemes);
    const scopes: string[] = [];
    for (const scope of findings.list(item, scheme) ?? []) {
      if (typeof scope.value !== "string")
        findings.error("openapi.structure", scope, "a scope must be a text", undefined);
      else scopes.push(scope.value);
    }
    if (known?.type === "oauth2") checkScopes(findings, item, known, scopes);
    return { scheme, scopes };
  });
}

function reportUnknown(
  findings: Findings,
  item: Located,
  scheme: string,
  schemes: ReadonlyMap<string, SecurityScheme>,
): void {
  const meant = nearest(scheme, schemes.keys());
  const remedy = /[/#]/.test(scheme)
    ? "Schemes by URI (OpenAPI 3.2) are not supported: declare it under components.securitySchemes and use its name."
    : meant === undefined
      ? "Declare it under components.securitySchemes."
      : `Did you mean "${meant}"?`;
  findings.error("openapi.security-unknown", item, `the security scheme "${scheme}" is not declared`, remedy, scheme);
}

/** A scope that no flow of the scheme lists is probably misspelled; no token would have it. */
function checkScopes(findings: Findings, item: Located, scheme: SecurityScheme, scopes: readonly string[]): void {
  const flows = findings.set.child(scheme.at, "flows");
  const listed = new Set<string>();
  for (const flow of findings.members(flows, '"flows"')) {
    const all = findings.set.child(flows, flow, "scopes");
    if (isObject(all.value)) for (const scope of Object.keys(all.value)) listed.add(scope);
  }
  for (const scope of scopes) {
    if (listed.has(scope)) continue;
    const meant = nearest(scope, listed);
    const remedy = meant === undefined ? "List it under the scheme's flows." : `Did you mean "${meant}"?`;
    findings.warn(
      "openapi.scope-unlisted",
      item,
      `the scope "${scope}" is not listed in the scheme "${scheme.name}"`,
      remedy,
      scheme.name,
    );
  }
}
