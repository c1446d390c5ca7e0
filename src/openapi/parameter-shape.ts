// What a parameter's schema says of its types: text has none, so the declared ones decide how it is read.
import { type Located, placeKey } from "./located.ts";
import { isObject } from "./pointer.ts";

/** An integer may go beyond 2^53. */
export interface WideInteger {
  readonly format: "int64" | "uint64";
  /** What the schema and its parts compare it with: a double next to it may fit where it does not. */
  readonly compared: readonly Readonly<Record<string, unknown>>[];
}

const COMPARING = ["minimum", "maximum", "multipleOf", "enum", "const"];

/** The types that a value may have at one place, with those of its parts. */
export interface ValueShape {
  /** How the text is taken apart. A place that allows several takes the one with the most structure. */
  readonly kind: "scalar" | "array" | "object";
  /** JSON types that are declared; empty where the schema names none. */
  readonly types: ReadonlySet<string>;
  /** Where an integer has a format of 64 bits. */
  readonly wide: WideInteger | undefined;
  readonly items: ValueShape | undefined;
  readonly properties: ReadonlyMap<string, ValueShape>;
  /** Shape of undeclared members where the schema describes them. */
  readonly additional: ValueShape | undefined;
}

/** What is needed of a document to follow a schema's references. */
export interface ReferenceTargets {
  child(at: Located, ...keys: (string | number)[]): Located;
  target(reference: string, from: Located): Located;
}

const LEVELS_MAX = 6;
const REFERENCES_MAX = 64;

export const UNKNOWN_SHAPE: ValueShape = Object.freeze({
  kind: "scalar",
  types: new Set<string>(),
  wide: undefined,
  items: undefined,
  properties: new Map<string, ValueShape>(),
  additional: undefined,
});

/** The shape of a schema: references, `allOf`, `anyOf` and `oneOf` are taken together. */
export function shapeOf(schema: Located | undefined, set: ReferenceTargets, level = 0): ValueShape {
  if (schema === undefined || level > LEVELS_MAX) return UNKNOWN_SHAPE;
  const parts = partsOf(schema, set);
  const types = new Set<string>();
  const properties = new Map<string, ValueShape>();
  let wide: WideInteger["format"] | undefined;
  let items: ValueShape | undefined;
  let additional: ValueShape | undefined;
  for (const part of parts) {
    const value = part.value as Record<string, unknown>;
    for (const type of typesOf(value)) types.add(type);
    if (value["format"] === "int64" || value["format"] === "uint64") wide ??= value["format"];
    if (isObject(value["items"])) items ??= shapeOf(set.child(part, "items"), set, level + 1);
    if (isObject(value["additionalProperties"]))
      additional ??= shapeOf(set.child(part, "additionalProperties"), set, level + 1);
    if (!isObject(value["properties"])) continue;
    for (const name of Object.keys(value["properties"])) {
      if (!properties.has(name)) properties.set(name, shapeOf(set.child(part, "properties", name), set, level + 1));
    }
  }
  const kind = kindOf(types, items !== undefined, properties.size > 0);
  const compared =
    wide === undefined ? [] : parts.map(({ value }) => value as Record<string, unknown>).filter(compares);
  return { kind, types, wide: wide && { format: wide, compared }, items, properties, additional };
}

function compares(schema: Record<string, unknown>): boolean {
  return COMPARING.some((keyword) => keyword in schema);
}

function kindOf(types: ReadonlySet<string>, hasItems: boolean, hasProperties: boolean): ValueShape["kind"] {
  if (types.has("array") || (types.size === 0 && hasItems)) return "array";
  return types.has("object") || (types.size === 0 && hasProperties) ? "object" : "scalar";
}

/** Whether a single value fits as well as an array: `oneOf: [string, array of strings]`. */
export function allowsScalar(shape: ValueShape): boolean {
  for (const type of shape.types) if (type !== "array" && type !== "object" && type !== "null") return true;
  return false;
}

function typesOf(schema: Record<string, unknown>): readonly string[] {
  const type = schema["type"];
  const nullable = schema["nullable"] === true ? ["null"] : [];
  if (typeof type === "string") return [type, ...nullable];
  if (Array.isArray(type)) return type.filter((one) => typeof one === "string");
  const values = Array.isArray(schema["enum"]) ? schema["enum"] : "const" in schema ? [schema["const"]] : [];
  return values.map((value) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value));
}

/** The schema with all that references, `allOf`, `anyOf` and `oneOf` bring in. */
export function partsOf(schema: Located, set: ReferenceTargets): Located[] {
  const parts: Located[] = [];
  const seen = new Set<string>();
  const waiting = [schema];
  for (let node = waiting.pop(); node !== undefined && seen.size < REFERENCES_MAX; node = waiting.pop()) {
    const key = placeKey(node);
    if (seen.has(key) || !isObject(node.value)) continue;
    seen.add(key);
    parts.push(node);
    const reference = node.value["$ref"];
    if (typeof reference === "string") waiting.push(set.target(reference, node));
    for (const keyword of ["allOf", "anyOf", "oneOf"]) {
      const list = node.value[keyword];
      if (!Array.isArray(list)) continue;
      for (let index = 0; index < list.length; index += 1) waiting.push(set.child(node, keyword, index));
    }
  }
  return parts;
}
