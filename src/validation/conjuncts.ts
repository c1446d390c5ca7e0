// All schemas that a value must fit at once where it must fit one: itself, what it refers to, `allOf`, and theirs.
import { type Located, placeKey } from "../openapi/located.ts";
import { isObject } from "../openapi/pointer.ts";
import type { SchemaSource } from "./schema-source.ts";
import { targetOf } from "./reference-target.ts";

const CONJUNCTS_MAX = 64;

/** One of them, as the document writes it. */
export type Conjunct = Located<Record<string, unknown>>;

/** What stands beside a `$ref` of 3.0 means nothing, and is not among them; nor what is below a reference that leads nowhere. */
export function conjunctsOf(source: SchemaSource, at: Located): Conjunct[] {
  const found: Conjunct[] = [];
  const seen = new Set<string>();
  const waiting = [at];
  for (let node = waiting.pop(); node !== undefined && found.length < CONJUNCTS_MAX; node = waiting.pop()) {
    const { value } = node;
    const key = placeKey(node);
    if (!isObject(value) || seen.has(key)) continue;
    seen.add(key);
    waiting.push(...partsOf(source, node).toReversed());
    if (typeof value["$ref"] !== "string" || source.version !== "3.0") found.push(node as Conjunct);
  }
  return found;
}

/** The schemas that this one adds to itself, as they are named in it. */
export function partsOf(source: SchemaSource, at: Located): Located[] {
  const parts: Located[] = [];
  const { $ref, allOf } = at.value as Record<string, unknown>;
  if (typeof $ref === "string") {
    const target = targetOf(source, $ref, at);
    if (target !== undefined) parts.push(target);
    if (source.version === "3.0") return parts;
  }
  // A sum that may be null is no conjunction.
  if (isNullableSum(source, at)) return parts;
  if (Array.isArray(allOf)) for (const index of allOf.keys()) parts.push(source.child(at, "allOf", index));
  return parts;
}

/**
 * `nullable: true` beside `allOf: [$ref]`, as NestJS, NSwag, Swashbuckle and springdoc write a reference that may be null. By the letter
 * (3.0.3) it widens a `type` beside it only, and would mean nothing at all there.
 */
export function isNullableSum({ version }: Pick<SchemaSource, "version">, { value }: Located): boolean {
  if (version !== "3.0" || !isObject(value)) return false;
  if (value["nullable"] !== true || "type" in value || "enum" in value) return false;
  return ["allOf", "anyOf", "oneOf"].some((keyword) => Array.isArray(value[keyword]));
}
