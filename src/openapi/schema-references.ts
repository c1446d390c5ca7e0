// Follows every `$ref` of the schemas that operations use, so that a broken one stops the start and not a request.
import type { Findings } from "./findings.ts";
import type { Located } from "./located.ts";
import type { Operation } from "./operation.ts";
import { isObject } from "./pointer.ts";

/** Keywords by what they hold: one schema, a list of them, schemas by name (JSON Schema 2020-12, OpenAPI 3.0 4.7.24). */
const ONE =
  "not if then else items additionalItems unevaluatedItems contains additionalProperties unevaluatedProperties propertyNames contentSchema".split(
    " ",
  );
const MANY = ["allOf", "anyOf", "oneOf", "prefixItems", "items"];
const NAMED = ["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"];

/** Visits all schemas of the operations once each and notes references that lead nowhere. */
export function checkSchemaReferences(findings: Findings, operations: readonly Operation[]): void {
  const { set } = findings;
  const seen = new Set<object>();
  const waiting: Located[] = [];
  const add = (at: Located | undefined): void => {
    if (at === undefined || !isObject(at.value) || seen.has(at.value)) return;
    seen.add(at.value);
    waiting.push(at);
  };
  for (const operation of operations) for (const at of schemasOf(operation)) add(at);
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const schema = at.value as Record<string, unknown>;
    const here = at;
    for (const keyword of ["$ref", "$dynamicRef"]) {
      const reference = schema[keyword];
      if (typeof reference === "string") add(findings.attempt(() => set.target(reference, here)));
    }
    if (typeof schema["$ref"] === "string" && set.version === "3.0") continue;
    for (const keyword of ONE) if (isObject(schema[keyword])) add(set.child(at, keyword));
    for (const keyword of MANY) {
      const list = schema[keyword];
      if (Array.isArray(list)) for (let i = 0; i < list.length; i += 1) add(set.child(at, keyword, i));
    }
    for (const keyword of NAMED) {
      const named = schema[keyword];
      if (!isObject(named)) continue;
      const holder = set.child(at, keyword);
      for (const name of Object.keys(named)) add(set.child(holder, name));
    }
  }
}

function* schemasOf(operation: Operation): Generator<Located | undefined> {
  for (const parameter of operation.parameters) yield parameter.schema ?? parameter.content?.schema;
  for (const media of operation.requestBody?.content ?? []) yield media.schema;
  for (const response of operation.responses) {
    for (const media of response.content) yield media.schema;
    yield* response.headers.values();
  }
}
