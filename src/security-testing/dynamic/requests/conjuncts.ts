// What must hold of one value, all schemas that say so laid over each other: references, `allOf`, one branch of `anyOf` and `oneOf`.
import type { DocumentSet } from "../../../openapi/document.ts";
import { type Located, placeKey } from "../../../openapi/located.ts";
import { isObject } from "../../../openapi/pointer.ts";

export type Schema = Readonly<Record<string, unknown>>;

export interface Conjunction {
  /** Every schema that must hold, outermost first. */
  readonly parts: readonly Located<Schema>[];
  /** Keywords of all of them: the narrower bound where both say one. */
  readonly merged: Schema;
  /** How many ways there are to choose branches; each is a conjunction of its own. */
  readonly choices: number;
}

const PARTS_MAX = 64;

/** `choice` counts through the branches of the first choice that is met; those within take their first. */
export function conjunctionOf(schema: Located, set: DocumentSet, choice = 0): Conjunction {
  const parts: Located<Schema>[] = [];
  const seen = new Set<string>();
  let choices = 1;
  const add = (at: Located): void => {
    const key = placeKey(at);
    if (seen.has(key) || parts.length >= PARTS_MAX || !isObject(at.value)) return;
    seen.add(key);
    const part = at as Located<Schema>;
    const { $ref: reference } = part.value as { readonly $ref?: unknown };
    if (typeof reference === "string") {
      add(set.target(reference, at));
      // Siblings of a reference mean nothing in 3.0.
      if (set.version === "3.0") return;
    }
    parts.push(part);
    for (const [index] of listAt(part, "allOf").entries()) add(set.child(part, "allOf", index));
    for (const keyword of ["oneOf", "anyOf"]) {
      const branches = listAt(part, keyword);
      if (branches.length === 0) continue;
      const taken = choices === 1 ? choice % branches.length : 0;
      if (choices === 1) choices = branches.length;
      add(set.child(part, keyword, taken));
    }
  };
  add(schema);
  return { parts, merged: merge(parts), choices };
}

function listAt(part: Located<Schema>, keyword: string): readonly unknown[] {
  const list = part.value[keyword];
  return Array.isArray(list) ? list : [];
}

const LARGER = new Set(["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"]);
const SMALLER = new Set(["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"]);

function merge(parts: readonly Located<Schema>[]): Schema {
  const merged: Record<string, unknown> = {};
  for (const { value } of parts) {
    for (const [keyword, said] of Object.entries(value)) {
      const known = merged[keyword];
      if (typeof known === "number" && typeof said === "number") {
        if (LARGER.has(keyword)) merged[keyword] = Math.max(known, said);
        else if (SMALLER.has(keyword)) merged[keyword] = Math.min(known, said);
      } else if (keyword === "required" && Array.isArray(known) && Array.isArray(said)) {
        merged[keyword] = [...new Set<unknown>([...(known as unknown[]), ...(said as unknown[])])];
      } else if (keyword === "type" && known !== undefined) {
        const both = typesIn(known).filter((type) => typesIn(said).includes(type));
        if (both.length > 0) merged[keyword] = both;
      } else if (known === undefined || keyword === "pattern") merged[keyword] = said;
    }
  }
  return merged;
}

/** The types that it names. */
export function typesIn(type: unknown): readonly string[] {
  if (typeof type === "string") return [type];
  return Array.isArray(type) ? type.filter((one) => typeof one === "string") : [];
}

/** Where each property is described, the outermost description first. */
export function propertiesOf({ parts }: Conjunction, set: DocumentSet): ReadonlyMap<string, Located> {
  const properties = new Map<string, Located>();
  for (const part of parts) {
    const { properties: described } = part.value as { readonly properties?: unknown };
    if (!isObject(described)) continue;
    for (const name of Object.keys(described))
      if (!properties.has(name)) properties.set(name, set.child(part, "properties", name));
  }
  return properties;
}

/** The first of the schemas that says the keyword, with where it says so. */
export function placeOf({ parts }: Conjunction, keyword: string, set: DocumentSet): Located | undefined {
  const part = parts.find(({ value }) => isObject(value[keyword]));
  return part === undefined ? undefined : set.child(part, keyword);
}
