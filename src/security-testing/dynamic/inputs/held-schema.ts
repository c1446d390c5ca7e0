// What a schema asks of one value: references followed, `allOf` laid together, versions evened out.
import type { DocumentSet } from "../../../openapi/document.ts";
import { type Located, placeKey } from "../../../openapi/located.ts";
import { isObject } from "../../../openapi/pointer.ts";

export interface HeldSchema {
  readonly at: Located;
  readonly keywords: Readonly<Record<string, unknown>>;
  /** JSON types; empty where any will do. */
  readonly types: readonly string[];
  readonly properties: ReadonlyMap<string, Located>;
  readonly items: Located | undefined;
  readonly required: readonly string[];
  readonly isReadOnly: boolean;
  /** The keywords say all there is: no alternatives, no conditions, nothing said twice. */
  readonly isPlain: boolean;
}

const PARTS_MAX = 64;
const CONDITIONS = ["not", "if", "anyOf", "oneOf", "dependentSchemas", "dependentRequired", "unevaluatedProperties"];
/** Taken from the schema as a whole, or said of its members. */
const OTHERS = new Set(["$ref", "allOf", "properties", "items", "required", "type", "nullable", ...CONDITIONS]);
/** They say nothing of values. */
const ANNOTATIONS = new Set([
  "title",
  "description",
  "default",
  "example",
  "examples",
  "deprecated",
  "$comment",
  "xml",
]);

/** Of alternatives the first that is not null is looked at: what follows from it must be held against the whole. */
export function heldSchema(at: Located, set: DocumentSet): HeldSchema {
  const keywords: Record<string, unknown> = {};
  const properties = new Map<string, Located>();
  const required = new Set<string>();
  let types: readonly string[] | undefined;
  let items: Located | undefined;
  let isPlain = true;
  const seen = new Set<string>();
  const waiting = [at];
  for (let part = waiting.shift(); part !== undefined && seen.size < PARTS_MAX; part = waiting.shift()) {
    if (seen.has(placeKey(part)) || !isObject(part.value)) continue;
    seen.add(placeKey(part));
    const schema = part.value;
    if (typeof schema["$ref"] === "string") {
      waiting.push(set.target(schema["$ref"], part));
      if (set.version === "3.0") continue;
    }
    if (Array.isArray(schema["allOf"]))
      for (const i of schema["allOf"].keys()) waiting.push(set.child(part, "allOf", i));
    const alternative = firstAlternative(part, set);
    if (alternative !== undefined) waiting.push(alternative);
    if (CONDITIONS.some((keyword) => keyword in schema)) isPlain = false;
    const own = typesOf(schema);
    if (own !== undefined) {
      if (types !== undefined && types.join() !== own.join()) isPlain = false;
      types ??= own;
    }
    if (isObject(schema["properties"]))
      for (const name of Object.keys(schema["properties"])) {
        if (properties.has(name)) isPlain = false;
        else properties.set(name, set.child(part, "properties", name));
      }
    if (isObject(schema["items"])) items ??= set.child(part, "items");
    if (Array.isArray(schema["required"])) for (const name of schema["required"]) required.add(String(name));
    for (const [keyword, value] of Object.entries(evenedOut(schema))) {
      if (OTHERS.has(keyword)) continue;
      if (!(keyword in keywords)) keywords[keyword] = value;
      else if (!ANNOTATIONS.has(keyword) && keywords[keyword] !== value) isPlain = false;
    }
  }
  // Each part would have to know the members of the others.
  if (keywords["additionalProperties"] === false && seen.size > 1 && at.value !== undefined)
    isPlain &&= !isComposed(at, set);
  return {
    at,
    keywords,
    types: types ?? [],
    properties,
    items,
    required: [...required],
    isReadOnly: keywords["readOnly"] === true,
    isPlain,
  };
}

function isComposed(at: Located, set: DocumentSet): boolean {
  const { value } = set.follow(at);
  return isObject(value) && (Array.isArray(value["allOf"]) || Object.keys(Object(at.value)).length > 1);
}

function firstAlternative(part: Located, set: DocumentSet): Located | undefined {
  for (const keyword of ["oneOf", "anyOf"]) {
    const list = (part.value as Record<string, unknown>)[keyword];
    if (!Array.isArray(list)) continue;
    const all = list.map((_, i) => set.child(part, keyword, i));
    return all.find(({ value }) => isObject(value) && value["type"] !== "null") ?? all[0];
  }
  return undefined;
}

function typesOf(schema: Record<string, unknown>): readonly string[] | undefined {
  const { type } = schema as { readonly type?: unknown };
  if (Array.isArray(type)) return type.filter((one) => typeof one === "string");
  if (typeof type !== "string") return undefined;
  return schema["nullable"] === true ? [type, "null"] : [type];
}

/** Exclusive bounds are booleans in OpenAPI 3.0. */
function evenedOut(schema: Record<string, unknown>): Record<string, unknown> {
  const out = { ...schema };
  for (const [bound, exclusive] of [
    ["minimum", "exclusiveMinimum"],
    ["maximum", "exclusiveMaximum"],
  ] as const) {
    if (typeof schema[exclusive] !== "boolean") continue;
    delete out[exclusive];
    if (schema[exclusive]) {
      out[exclusive] = schema[bound];
      delete out[bound];
    }
  }
  return out;
}
