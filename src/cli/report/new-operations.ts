// Proposes operations for endpoints that nobody declared.
import type { Additions } from "../../openapi/amend/additions.ts";
import type { ApiDescription } from "../../openapi/api-description.ts";
import { pointerKeys } from "../../openapi/pointer.ts";
import type { Endpoint } from "./findings.ts";
import type { Item } from "./items.ts";
import { noiseOf } from "./noise.ts";
import { type ValueType, VALUE } from "./path-guess.ts";
import { guessParameter, guessSchema, type Types } from "./schema-guess.ts";
import { belowBase, named } from "./templates.ts";
import type { Slot, Usage } from "./usage.ts";

export interface NewOperationsContext {
  readonly api: ApiDescription;
  /** Base paths that the document's servers put before its paths. */
  readonly bases: readonly string[];
  /** What a new operation says of security where the document's root says nothing. */
  readonly security: unknown;
  /** Additions to a file of the document. */
  readonly to: (file: string) => Additions;
}

/** Methods that a document has words for; a preflight is CORS's, not the API's. */
const METHODS: ReadonlySet<string> = new Set(["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD"]);

/** Endpoints by what stands in the way of proposing them. */
export function proposeOperations(endpoints: readonly Endpoint[], context: NewOperationsContext): Item[] {
  const declared = [...new Set(context.api.operations.map(({ documentTemplate }) => documentTemplate))];
  const gets = new Set(
    endpoints
      .filter(({ method, statuses, template }) => method === "GET" && noiseOf(template, statuses) === undefined)
      .map(({ template }) => template),
  );
  return endpoints.map((endpoint): Item => {
    const below = belowBase(endpoint.template, context.bases);
    const template = below === undefined ? endpoint.template : named(below, declared);
    const because = obstacle(endpoint, below, gets);
    if (because === undefined) add(endpoint, template, context);
    return endpointItem(endpoint, template, because);
  });
}

export function endpointItem(endpoint: Endpoint, template: string, because: string | undefined): Item {
  const operation = `${endpoint.method} ${template}`;
  return { kind: "operation", operation, what: answersOf(endpoint), type: undefined, tally: endpoint, because };
}

function obstacle(
  { method, template, statuses }: Endpoint,
  below: string | undefined,
  gets: ReadonlySet<string>,
): string | undefined {
  const noise = noiseOf(template, statuses);
  if (noise !== undefined) return noise;
  if (method === "OPTIONS") return "a preflight of CORS";
  if (!METHODS.has(method)) return "a method that OpenAPI has no word for";
  if (method === "HEAD" && gets.has(template)) return "answered with GET";
  if (/[{}\\]/.test(template.replaceAll(VALUE, ""))) return "a path that no template can say";
  return below === undefined ? "not below a base path of the document's servers" : undefined;
}

function add(endpoint: Endpoint, template: string, { api, security, to }: NewOperationsContext): void {
  const sibling = api.operations.find(({ documentTemplate }) => documentTemplate === template);
  const names = Array.from(template.matchAll(/\{([^{}]*)\}/g), (match) => match[1] as string);
  const shared = sharedNames(sibling?.at.pointer, api);
  const path = names
    .map((name, index) => ({ name, in: "path", required: true, schema: valueSchema(endpoint.types[index]) }))
    .filter(({ name }) => !shared.has(name));
  const parameters = [...path, ...queryParameters(endpoint.usage)];
  const body = bodyContent(endpoint.usage, api);
  const operation = {
    ...(security === undefined ? {} : { security }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { content: body } }),
    responses: responses(endpoint, api),
  };
  const comment =
    `Proposed: seen ${times(endpoint.count)} from ${endpoint.clientsInWords} ${endpoint.clients.size === 1 ? "client" : "clients"}. ` +
    (security === undefined
      ? "Without `security` the document's default holds."
      : "`security` is what most other operations ask for.") +
    "\nA person must decide who may call it, and what may be sent.";
  const keys = sibling === undefined ? undefined : pointerKeys(sibling.at.pointer).slice(0, -1);
  const isSound = keys !== undefined && keys.at(-1) !== "additionalOperations";
  const file = isSound ? (sibling as { at: { file: string } }).at.file : api.set.root.file;
  to(file).add([...(isSound ? keys : ["paths", template]), endpoint.method.toLowerCase()], operation, comment);
}

/** Path parameters that the path item declares for all its operations. */
function sharedNames(pointer: string | undefined, api: ApiDescription): ReadonlySet<string> {
  if (pointer === undefined) return new Set();
  const item = api.set.child(api.set.root, ...pointerKeys(pointer).slice(0, -1), "parameters");
  const list = Array.isArray(item.value)
    ? item.value.map((_, index) => api.set.follow(api.set.child(item, index)).value)
    : [];
  return new Set(list.map((parameter) => String((parameter as { name?: unknown } | undefined)?.name)));
}

function valueSchema(types: ReadonlySet<ValueType> | undefined): unknown {
  const [only] = types ?? [];
  if (types?.size !== 1 || only === "string") return { type: "string" };
  return only === "integer" ? { type: "integer" } : { type: "string", format: "uuid" };
}

function queryParameters(usage: Usage): unknown[] {
  const parameters: unknown[] = [];
  for (const slot of usage.slots.values()) {
    if (slot.in !== "query") continue;
    for (const [name, used] of slot.names) parameters.push({ name, in: "query", schema: guessParameter(used.types) });
  }
  return parameters;
}

function bodyContent(usage: Usage, api: ApiDescription): Record<string, unknown> | undefined {
  const content: Record<string, unknown> = {};
  for (const slot of usage.slots.values()) {
    if (slot.in === "body" && slot.media !== undefined) content[slot.media] = { schema: schemaOf(slot, api) };
  }
  return Object.keys(content).length === 0 ? undefined : content;
}

function responses({ statuses, usage }: Endpoint, api: ApiDescription): Record<string, unknown> {
  const result: Record<string, { description: string; content?: Record<string, unknown> }> = {};
  for (const status of [...statuses.keys()].sort((a, b) => a - b)) {
    if (status >= 200 && status !== 304) result[String(status)] = { description: SEEN };
  }
  for (const slot of usage.slots.values()) {
    const response = result[String(slot.status)];
    if (slot.in !== "answer" || slot.media === undefined || response === undefined) continue;
    response.content ??= {};
    response.content[slot.media] = { schema: schemaOf(slot, api) };
  }
  return Object.keys(result).length === 0 ? { default: { description: SEEN } } : result;
}

export const SEEN = "Seen in traffic, not described yet.";

/** Fields of a form are text, as parameters are. */
function schemaOf({ media, names }: Slot, api: ApiDescription): unknown {
  const types: Types = new Map([...names].map(([at, used]) => [at, used.types]));
  if (media !== "application/x-www-form-urlencoded") return guessSchema(types, "", api.set.version);
  const fields = [...names].filter(([at]) => at !== "");
  return {
    type: "object",
    properties: Object.fromEntries(fields.map(([at, used]) => [pointerKeys(at)[0], guessParameter(used.types)])),
  };
}

function answersOf({ statuses }: Endpoint): string {
  const parts = [...statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status === 0 ? "no answer" : status} ×${count}`);
  return parts.join(", ");
}

export function times(count: number): string {
  return count === 1 ? "once" : `${count.toLocaleString("en")} times`;
}
