// The order of the guards: the one place where document and settings become gates.
import { bindGate, type Destination, type Gate } from "../../core/gate.ts";
import type { RequestGuard } from "../../core/guard.ts";
import type { ApiDescription } from "../../openapi/api-description.ts";
import {
  injectionGuards,
  methodUndeclaredGuard,
  operationUndeclaredGuard,
  requestValidation,
  responseValidation,
  type SchemaCompiler,
  undeclaredAnswerGuard,
  undeclaredBodyGuard,
} from "../../validation/index.ts";
import type { Settings } from "../settings.ts";
import { corsMode, corsRules, generalRules } from "./cors.ts";
import { type Credentials, declaredFields } from "./declared-fields.ts";
import type { GuardShelf } from "./guards.ts";
import { identityLimit, isRegistration } from "./identity-gates.ts";
import { NOWHERE, type GuardMode, type OperationPolicy } from "./operation-policy.ts";

export interface GateParts {
  readonly api: ApiDescription;
  readonly settings: Settings;
  readonly guards: GuardShelf;
  readonly schemas: SchemaCompiler;
  readonly credentials: Credentials;
}

/** The gate of a declared operation. */
export function operationGate(policy: OperationPolicy, parts: GateParts, asked: Destination = "api"): Gate {
  const { api, settings, guards, schemas, credentials } = parts;
  const { operation, validation, rateLimitingMode } = policy;
  const request = requestGuards(policy, api, schemas);
  const isPublic = policy.alternatives.length === 0;
  const cors = corsRules(policy, parts);
  const registers = isRegistration(operation, settings.identity);
  const destination = registers ? "identity" : asked;
  return bindGate({
    operation,
    head: [
      ...guards.addressSanctions(),
      guards.addressCeiling(rateLimitingMode),
      ...(isPublic ? [] : [guards.failedAuthentication(policy.authenticationMode), guards.authentication(policy)]),
      ...(isPublic ? [] : guards.callerSanctions()),
      ...policy.limits.map((limit) => guards.limit(limit, rateLimitingMode)),
      ...guards.level(policy),
      ...guards.authorization(policy),
      ...(registers ? [identityLimit(parts, rateLimitingMode)] : []),
      ...request.head,
      ...policy.concurrency.map((limit) => guards.concurrency(limit, rateLimitingMode)),
      ...(isPublic ? [] : guards.forward(policy.authenticationMode)),
    ],
    body: request.body,
    response: [
      guards.answer(destination),
      guards.cors(cors, corsMode(settings)),
      guards.limitFields(),
      ...responseGuards(policy, api, schemas),
    ],
    bodyBytesMax: validation.bodyBytesMax,
    bodyLimitMode: validation.requests === "enforce" || enforcesInjection(validation) ? "enforce" : "monitor",
    answerBytesMax: validation.responseBytesMax,
    declaredFields: declaredFields(policy, api, credentials),
    withheldCookies: guards.withheldCookies(destination),
    destination,
  });
}

/** Requests that no operation matches: nobody is asked who they are, and the address pays. */
export function undeclaredGates(parts: GateParts): { operation: Gate; method: Gate; refused: Gate } {
  const { settings, guards } = parts;
  const rateMode: GuardMode = settings.observe ? "monitor" : settings.rateLimiting.mode;
  const mode: GuardMode = settings.observe ? "monitor" : "enforce";
  const before: RequestGuard[] = [
    ...guards.addressSanctions(),
    guards.addressCeiling(rateMode),
    ...settings.rateLimiting.limits
      .filter((limit) => limit.key.includes("address") || limit.fallback === "address")
      .map((limit) => guards.limit({ limit, scope: NOWHERE }, rateMode)),
  ];
  const { cors } = settings.transport;
  const gate = (head: readonly RequestGuard[]): Gate =>
    bindGate({
      operation: undefined,
      head,
      body: mode === "monitor" ? [undeclaredBodyGuard] : [],
      response: [
        guards.answer("api"),
        ...(cors === undefined ? [] : [guards.cors(generalRules(cors), mode)]),
        guards.limitFields(),
        ...(mode === "monitor" ? [undeclaredAnswerGuard] : []),
      ],
      bodyBytesMax: settings.validation.bodyBytesMax,
      bodyLimitMode: mode,
      withheldCookies: guards.withheldCookies("api"),
      answerBytesMax: settings.validation.responseBytesMax,
    });
  return {
    operation: gate([...before, operationUndeclaredGuard(mode)]),
    method: gate([...before, methodUndeclaredGuard(mode)]),
    refused: gate([]),
  };
}

function requestGuards(policy: OperationPolicy, api: ApiDescription, schemas: SchemaCompiler) {
  const { operation, validation } = policy;
  if (validation.requests === "off") return { head: [], body: [] };
  const { requests: mode, bodyBytesMax, unknownParameters, injection } = validation;
  const knownQueryParameters = keysInQuery(policy, api);
  const denied = unknownParameters === "enforce";
  const { head, body } = requestValidation({
    operation,
    set: api.set,
    schemas,
    mode,
    bodyBytesMax,
    unknownParameters: denied ? "deny" : "note",
    knownQueryParameters,
  });
  if (injection === "off") return { head, body };
  const free = injectionGuards({
    operation,
    set: api.set,
    mode: injection,
    schemasHold: mode === "enforce",
    unknownParametersDenied: mode === "enforce" && denied,
    knownQueryParameters,
  });
  return { head: [...head, ...free.head], body: [...body, ...free.body] };
}

/** What passes its limit unseen passes the detection, too. */
function enforcesInjection({ requests, injection }: OperationPolicy["validation"]): boolean {
  return requests !== "off" && injection === "enforce";
}

function responseGuards(
  { operation, validation, wouldStrip }: OperationPolicy,
  api: ApiDescription,
  schemas: SchemaCompiler,
) {
  if (validation.responses === "off") return [];
  const guard = responseValidation({ operation, set: api.set, schemas, mode: validation.responses, wouldStrip });
  return guard === undefined ? [] : [guard];
}

/** API keys in the query are declared by their scheme, not as parameters. */
function keysInQuery({ alternatives }: OperationPolicy, api: ApiDescription): readonly string[] {
  const names: string[] = [];
  for (const { scheme } of alternatives.flat()) {
    const declared = api.schemes.get(scheme);
    if (declared?.in === "query" && declared.parameterName !== undefined) names.push(declared.parameterName);
  }
  return names;
}
