// Tells of a discriminator that chooses nothing: values are held against the schema that has it, never against those that extend it.
import { type Located, placed, placeKey, type Problem } from "../openapi/located.ts";
import { isObject, memberOf } from "../openapi/pointer.ts";
import { targetOf } from "./reference-target.ts";
import { SCHEMA_MAP_KEYWORDS } from "./schema-places.ts";
import type { SchemaSource } from "./schema-source.ts";

const SHOWN_MAX = 3;
const HOPS_MAX = 64;
/** Where a value of its own is described: what is reached by `allOf` is a part of something else. */
const VALUES = ["items", "additionalProperties"];

/**
 * For schemas that describe whole values: `start`, and members and items of `reached`. Without `oneOf` or `anyOf` a discriminator does not
 * look for schemas that have it in their `allOf` (OpenAPI 3.0.4 and 3.1.1, 4.8.25): what those demand is demanded of nobody.
 */
export function loneDiscriminators(
  source: SchemaSource,
  start: Located,
  reached: readonly Located[],
  visited: Set<string>,
): Problem[] {
  const problems: Problem[] = [];
  for (const value of valuesOf(source, start, reached)) {
    const at = resolved(source, value);
    if (at === undefined || !isLone(at)) continue;
    const key = `discriminator ${placeKey(at)}`;
    if (visited.has(key)) continue;
    visited.add(key);
    const names = extending(source, at);
    if (names.length > 0) problems.push(warning(source, at, names));
  }
  return problems;
}

function* valuesOf(source: SchemaSource, start: Located, reached: readonly Located[]): Generator<Located> {
  yield start;
  for (const at of reached) {
    for (const keyword of VALUES) if (isObject(memberOf(at.value, keyword))) yield source.child(at, keyword);
    for (const keyword of SCHEMA_MAP_KEYWORDS) {
      const map = memberOf(at.value, keyword);
      if (isObject(map)) for (const name of Object.keys(map)) yield source.child(at, keyword, name);
    }
  }
}

function resolved(source: SchemaSource, from: Located): Located | undefined {
  let at = from;
  for (let hop = 0; hop < HOPS_MAX; hop += 1) {
    const reference = memberOf(at.value, "$ref");
    if (typeof reference !== "string") return at;
    const target = targetOf(source, reference, at);
    if (target === undefined) return undefined;
    at = target;
  }
  return undefined;
}

function isLone({ value }: Located): boolean {
  if (!isObject(value) || "oneOf" in value || "anyOf" in value) return false;
  return typeof memberOf(value["discriminator"], "propertyName") === "string";
}

/** Names of the document's schemas that have this one in their `allOf`. */
function extending(source: SchemaSource, parent: Located): string[] {
  const key = placeKey(parent);
  const schemas = source.child(source.root, "components", "schemas");
  return Object.keys(isObject(schemas.value) ? schemas.value : {}).filter((name) => {
    const all = source.child(schemas, name, "allOf");
    if (!Array.isArray(all.value)) return false;
    return all.value.some((_, index) => {
      const part = resolved(source, source.child(all, index));
      return part !== undefined && placeKey(part) === key;
    });
  });
}

function warning(source: SchemaSource, at: Located, names: readonly string[]): Problem {
  const more = names.length > SHOWN_MAX ? ` and ${names.length - SHOWN_MAX} more` : "";
  const problem = {
    severity: "warning",
    rule: "validation.discriminator-alone",
    message: `A discriminator without oneOf chooses nothing: values are judged by this schema alone, never by ${names.slice(0, SHOWN_MAX).join(", ")}${more}.`,
    remedy: "Where such a value comes, write oneOf with the schemas that it may be, and the discriminator beside it.",
  } as const;
  return placed(problem, () => source.position(at, "discriminator"));
}
