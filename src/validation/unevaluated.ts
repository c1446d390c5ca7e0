// Where ajv is known to count wrongly what was evaluated: such schemas stop the start instead of letting items pass.
import type { Located } from "../openapi/located.ts";
import type { SchemaSource } from "./schema-source.ts";

const HOPS_MAX = 256;

/** Beside what `unevaluatedItems` or `unevaluatedProperties` of this schema cannot be enforced; undefined where it can. */
export function unevaluatedProblem(source: SchemaSource, at: Located): string | undefined {
  const items = "unevaluatedItems" in (at.value as object);
  const seen = new Set<string>();
  const waiting: { node: Located; conditional: boolean }[] = [{ node: at, conditional: false }];
  for (let next = waiting.pop(); next !== undefined && seen.size < HOPS_MAX; next = waiting.pop()) {
    const { node, conditional } = next;
    const key = `${node.file}#${node.pointer}#${conditional}`;
    if (seen.has(key) || typeof node.value !== "object" || node.value === null) continue;
    seen.add(key);
    const schema = node.value as Record<string, unknown>;
    // What `if` saw counts for ajv also where it did not hold.
    if ("if" in schema) return "if";
    if (items && "contains" in schema) return "contains";
    if (items && conditional && "items" in schema) return "items inside anyOf, oneOf or dependentSchemas";
    if (typeof schema["$ref"] === "string") waiting.push({ node: source.target(schema["$ref"], node), conditional });
    for (const keyword of ["allOf", "anyOf", "oneOf"]) {
      const list = source.child(node, keyword);
      if (!Array.isArray(list.value)) continue;
      const inside = conditional || keyword !== "allOf";
      for (let index = 0; index < list.value.length; index += 1) {
        waiting.push({ node: source.child(list, index), conditional: inside });
      }
    }
    const dependent = source.child(node, "dependentSchemas");
    for (const name of Object.keys(dependent.value ?? {})) {
      waiting.push({ node: source.child(dependent, name), conditional: true });
    }
  }
  return undefined;
}
