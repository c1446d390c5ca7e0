// Turns one schema of the document (3.0, 3.1, 3.2) into JSON Schema 2020-12 for ajv, for requests or for answers.
import type { Located } from "../openapi/located.ts";
import { DISCRIMINATOR_KEYWORD, HIDDEN_KEYWORD } from "./keywords.ts";
import { SCHEMA_KEYWORDS, SCHEMA_LIST_KEYWORDS, SCHEMA_MAP_KEYWORDS } from "./schema-places.ts";
import type { SchemaSource } from "./schema-source.ts";

export type Direction = "request" | "response";

/** What a translated reference says: the id under which its target is registered. */
export type Register = (target: Located) => string;

type Schema = Record<string, unknown>;

const PLAIN = new Set([
  "type",
  "enum",
  "const",
  "multipleOf",
  "maximum",
  "minimum",
  "exclusiveMaximum",
  "exclusiveMinimum",
  "maxLength",
  "minLength",
  "pattern",
  "maxItems",
  "minItems",
  "uniqueItems",
  "maxContains",
  "minContains",
  "maxProperties",
  "minProperties",
  "dependentRequired",
  "format",
]);
const REFERENCE_HOPS_MAX = 16;

/** Translates schemas of one document for one direction. Annotations and unknown keywords are left out. */
export class Translation {
  readonly #source: SchemaSource;
  readonly #hiding: "readOnly" | "writeOnly";
  readonly #register: Register;

  constructor(source: SchemaSource, direction: Direction, register: Register) {
    this.#source = source;
    this.#hiding = direction === "request" ? "readOnly" : "writeOnly";
    this.#register = register;
  }

  /** `hidden`: names that the schema around an inline `allOf` declares as not for this direction. */
  translate(at: Located, hidden?: ReadonlySet<string>): unknown {
    const schema = at.value;
    if (typeof schema === "boolean") return schema;
    if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return {};
    const given = schema as Schema;
    const out: Schema = {};
    if (typeof given["$ref"] === "string") {
      out["$ref"] = this.#register(this.#source.target(given["$ref"], at));
      // Siblings of a reference mean nothing in 3.0 (4.7.24.1).
      if (this.#source.version === "3.0") return out;
    }
    const hides = this.#hiddenNames(at, hidden);
    for (const [keyword, value] of Object.entries(given)) {
      if (SCHEMA_KEYWORDS.has(keyword)) out[keyword] = this.translate(this.#source.child(at, keyword));
      else if (keyword === "properties") out[keyword] = this.#properties(at, keyword);
      else if (SCHEMA_MAP_KEYWORDS.has(keyword)) out[keyword] = this.#map(at, keyword);
      else if (SCHEMA_LIST_KEYWORDS.has(keyword))
        out[keyword] = this.#list(at, keyword, keyword === "allOf" ? hides : undefined);
      else if (keyword === "required" && Array.isArray(value))
        out[keyword] = value.filter((name) => !hides.has(name as string));
      else if (PLAIN.has(keyword)) out[keyword] = value;
    }
    this.#discriminator(at, out);
    if (this.#source.version === "3.0") evenOut30(given, out);
    return out;
  }

  #properties(at: Located, keyword: string): Schema {
    const out = Object.create(null) as Schema;
    const map = this.#source.child(at, keyword);
    for (const name of Object.keys(map.value ?? {})) {
      const property = this.#source.child(map, name);
      out[name] = this.#isHidden(property) ? { [HIDDEN_KEYWORD]: this.#hiding } : this.translate(property);
    }
    return out;
  }

  #map(at: Located, keyword: string): Schema {
    const out = Object.create(null) as Schema;
    const map = this.#source.child(at, keyword);
    for (const name of Object.keys(map.value ?? {})) out[name] = this.translate(this.#source.child(map, name));
    return out;
  }

  #list(at: Located, keyword: string, hidden: ReadonlySet<string> | undefined): unknown[] {
    const list = this.#source.child(at, keyword);
    if (!Array.isArray(list.value)) return [];
    return list.value.map((_, index) => this.translate(this.#source.child(list, index), hidden));
  }

  /** Whether a property is not for this direction, also where a reference says so. */
  #isHidden(property: Located): boolean {
    let node = property;
    for (let hop = 0; hop < REFERENCE_HOPS_MAX; hop += 1) {
      if (typeof node.value !== "object" || node.value === null) return false;
      const schema = node.value as Schema;
      const reference = schema["$ref"];
      const counts = typeof reference !== "string" || this.#source.version !== "3.0";
      if (counts && schema[this.#hiding] === true) return true;
      if (typeof reference !== "string") return false;
      node = this.#source.target(reference, node);
    }
    return false;
  }

  /** Names that are not for this direction, here and in `allOf`: their `required` is void (OpenAPI 3.0, 4.7.24). */
  #hiddenNames(at: Located, outer: ReadonlySet<string> | undefined, into?: Set<string>, hops = 0): ReadonlySet<string> {
    const names = into ?? new Set(outer);
    const properties = this.#source.child(at, "properties");
    for (const name of Object.keys(properties.value ?? {})) {
      if (this.#isHidden(this.#source.child(properties, name))) names.add(name);
    }
    const all = this.#source.child(at, "allOf");
    if (Array.isArray(all.value) && hops < REFERENCE_HOPS_MAX) {
      for (let index = 0; index < all.value.length; index += 1) {
        this.#hiddenNames(this.#resolved(this.#source.child(all, index)), undefined, names, hops + 1);
      }
    }
    return names;
  }

  #resolved(at: Located): Located {
    let node = at;
    for (let hop = 0; hop < REFERENCE_HOPS_MAX; hop += 1) {
      const reference = (node.value as Schema | null | undefined)?.["$ref"];
      if (typeof reference !== "string") return node;
      node = this.#source.target(reference, node);
    }
    return node;
  }

  /** Keeps, for messages only, which value of the discriminating property means which branch. */
  #discriminator(at: Located, out: Schema): void {
    const discriminator = (at.value as Schema)["discriminator"] as
      | { propertyName?: unknown; mapping?: Schema }
      | undefined;
    const keyword = "oneOf" in out ? "oneOf" : "anyOf";
    const branches = this.#source.child(at, keyword);
    if (typeof discriminator?.propertyName !== "string" || !Array.isArray(branches.value)) return;
    const references = branches.value.map((branch) => (branch as Schema | null)?.["$ref"]);
    const values = Object.create(null) as Record<string, number>;
    for (const [index, reference] of references.entries()) {
      if (typeof reference === "string") values[reference.slice(reference.lastIndexOf("/") + 1)] = index;
    }
    for (const [value, target] of Object.entries(discriminator.mapping ?? {})) {
      const index = references.findIndex(
        (reference) =>
          reference === target || (typeof reference === "string" && reference.endsWith(`/${String(target)}`)),
      );
      if (index >= 0) values[value] = index;
    }
    out[DISCRIMINATOR_KEYWORD] = { propertyName: discriminator.propertyName, values };
  }
}

/** What 3.0 says differently: `nullable`, and boolean exclusive bounds (OpenAPI 3.0.4, 4.7.24). */
function evenOut30(given: Schema, out: Schema): void {
  // `nullable` widens `type` only: an enum must list null itself (clarified in 3.0.3).
  if (given["nullable"] === true && typeof given["type"] === "string") out["type"] = [given["type"], "null"];
  for (const [bound, exclusive] of [
    ["minimum", "exclusiveMinimum"],
    ["maximum", "exclusiveMaximum"],
  ] as const) {
    if (typeof given[exclusive] !== "boolean") continue;
    delete out[exclusive];
    if (given[exclusive] && bound in out) {
      out[exclusive] = out[bound];
      delete out[bound];
    }
  }
}
