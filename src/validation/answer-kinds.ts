// Which kinds of value a schema allows: an object where only text is declared is undeclared as a whole.
import type { Located } from "../openapi/located.ts";
import { isObject, memberOf } from "../openapi/pointer.ts";
import type { SchemaSource } from "./schema-source.ts";

/** A set of kinds. */
export type Kinds = number;

export const OBJECT: Kinds = 1;
export const ARRAY: Kinds = 2;
export const SCALAR: Kinds = 4;
const ALL: Kinds = OBJECT | ARRAY | SCALAR;
const DEPTH_MAX = 16;

/** What all these schemas allow together. */
export function kindsOf(source: SchemaSource, parts: readonly Located[], depth = 0): Kinds {
  let kinds = ALL;
  for (const part of parts) kinds &= kindsOfOne(source, part, depth);
  return kinds;
}

function kindsOfOne(source: SchemaSource, at: Located, depth: number): Kinds {
  if (at.value === false) return 0;
  if (!isObject(at.value) || depth > DEPTH_MAX) return ALL;
  const schema = at.value;
  let kinds = ownKinds(schema);
  const reference = schema["$ref"];
  if (typeof reference === "string") {
    const target = kindsOfOne(source, source.target(reference, at), depth + 1);
    if (source.version === "3.0") return target;
    kinds &= target;
  }
  const branches = (keyword: string): Located[] => {
    const list = source.child(at, keyword);
    return Array.isArray(list.value) ? list.value.map((_, index) => source.child(list, index)) : [];
  };
  kinds &= kindsOf(source, branches("allOf"), depth + 1);
  for (const keyword of ["oneOf", "anyOf"]) {
    const list = branches(keyword);
    if (list.length > 0) kinds &= list.reduce((any, branch) => any | kindsOfOne(source, branch, depth + 1), 0);
  }
  return kinds;
}

function ownKinds(schema: Record<string, unknown>): Kinds {
  const { type } = schema;
  if (typeof type === "string") return kindOfType(type);
  if (Array.isArray(type)) return type.reduce((any: Kinds, one) => any | kindOfType(one), 0);
  if (Array.isArray(schema["enum"])) return schema["enum"].reduce((any: Kinds, one) => any | kindOfValue(one), 0);
  if ("const" in schema) return kindOfValue(schema["const"]);
  // Who describes members without a type means an object, and who describes items an array.
  const members = isObject(memberOf(schema, "properties"));
  const items = memberOf(schema, "items") !== undefined || memberOf(schema, "prefixItems") !== undefined;
  if (members === items) return ALL;
  return members ? OBJECT | SCALAR : ARRAY | SCALAR;
}

function kindOfType(type: unknown): Kinds {
  return type === "object" ? OBJECT : type === "array" ? ARRAY : SCALAR;
}

function kindOfValue(value: unknown): Kinds {
  if (typeof value !== "object" || value === null) return SCALAR;
  return Array.isArray(value) ? ARRAY : OBJECT;
}
