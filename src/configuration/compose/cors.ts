// What pages of other origins may do with an operation: its own settings, filled in with what the document declares.
import { bindGate, type Gate } from "../../core/gate.ts";
import type { ApiDescription } from "../../openapi/api-description.ts";
import type { Operation } from "../../openapi/operation.ts";
import type { CorsRules } from "../../transport/cors.ts";
import type { CorsSettings, Settings } from "../settings.ts";
import type { Credentials } from "./declared-fields.ts";
import type { GateParts } from "./gates.ts";
import type { GuardMode, OperationPolicy } from "./operation-policy.ts";

export function corsMode(settings: Settings): GuardMode {
  return settings.observe ? "monitor" : "enforce";
}

/** Rules for requests that no operation matches: their denials can be read where any operation's answers can. */
export function generalRules({ origins, credentials, exposedHeaders, maxAgeSeconds }: CorsSettings): CorsRules {
  return { origins, credentials, allowedHeaders: [], exposedHeaders, maxAgeSeconds };
}

/** Undefined where no page of another origin may use the operation. */
export function corsRules(
  policy: OperationPolicy,
  { api, credentials: { settings } }: Pick<GateParts, "api" | "credentials">,
): CorsRules | undefined {
  const { cors, operation } = policy;
  if (cors === undefined) return undefined;
  const { origins, credentials, allowedHeaders, exposedHeaders, maxAgeSeconds } = cors;
  return {
    origins,
    credentials,
    allowedHeaders: [...new Set([...declaredFields(policy, api, settings), ...allowedHeaders])],
    exposedHeaders: [
      ...new Set([
        ...operation.responses.flatMap(({ headers }) => [...headers.keys()]),
        ...(demandsNonce(policy, settings) ? ["DPoP-Nonce"] : []),
        ...exposedHeaders,
      ]),
    ],
    maxAgeSeconds,
  };
}

/** Names of the fields that its parameters and its security schemes are sent in. */
function declaredFields(
  { operation, alternatives }: OperationPolicy,
  { schemes }: ApiDescription,
  settings: Credentials["settings"],
): string[] {
  const names = operation.parameters.filter((parameter) => parameter.in === "header").map(({ name }) => name);
  for (const { scheme } of alternatives.flat()) {
    const declared = schemes.get(scheme);
    const entry = settings.get(scheme);
    if (entry?.kind === "jwt" && entry.dpop.mode !== "off") names.push("dpop");
    if (declared?.type !== "apiKey") names.push("authorization");
    else if (declared.in === "header" && declared.parameterName !== undefined) names.push(declared.parameterName);
  }
  return names;
}

function demandsNonce({ alternatives }: OperationPolicy, settings: Credentials["settings"]): boolean {
  return alternatives.flat().some(({ scheme }) => {
    const entry = settings.get(scheme);
    return entry?.kind === "jwt" && entry.dpop.nonce;
  });
}

/** Gates of preflights by the operation's gate that they ask for: only the address's ceiling is asked before. */
export function preflightGates(
  policies: ReadonlyMap<Operation, OperationPolicy>,
  gates: ReadonlyMap<Operation, Gate>,
  { api, settings, guards, credentials }: GateParts,
): ReadonlyMap<Gate, Gate> {
  const made = new Map<Gate, Gate>();
  const mode = corsMode(settings);
  for (const [operation, policy] of policies) {
    const rules = corsRules(policy, { api, credentials });
    if (rules === undefined) continue;
    const methods = methodsBeside(operation, policies);
    const preflight = bindGate({
      operation,
      head: [
        ...guards.addressSanctions(),
        guards.addressCeiling(policy.rateLimitingMode),
        guards.preflight(rules, methods, mode),
      ],
      body: [],
      response: [guards.answer("api"), guards.limitFields()],
      bodyBytesMax: 0,
      bodyLimitMode: mode,
      withheldCookies: guards.withheldCookies("api"),
      answerBytesMax: settings.validation.responseBytesMax,
    });
    made.set(gates.get(operation) as Gate, preflight);
  }
  return made;
}

/** The methods that the document has for the same path and whose rules are the same. */
function methodsBeside(operation: Operation, policies: ReadonlyMap<Operation, OperationPolicy>): string[] {
  const { cors } = policies.get(operation) as OperationPolicy;
  const methods = new Set<string>();
  for (const [other, policy] of policies) {
    if (policy.cors !== cors || !other.templates.some((template) => operation.templates.includes(template))) continue;
    methods.add(other.method);
    if (other.method === "GET") methods.add("HEAD");
  }
  return [...methods].sort();
}
