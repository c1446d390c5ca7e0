// Turns one schema of the document (3.0, 3.1, 3.2) into JSON Schema 2020-12 for ajv, for requests or for answers.
import type { Located } from "../openapi/located.ts";
import { isNullableSum } from "./conjuncts.ts";
import { type Discriminator, discriminatorOf } from "./discriminator.ts";
import { DISCRIMINATOR_KEYWORD, HIDDEN_KEYWORD, SENSITIVE_MARK } from "./keywords.ts";
import { SCHEMA_KEYWORDS, SCHEMA_LIST_KEYWORDS, SCHEMA_MAP_KEYWORDS } from "./schema-places.ts";
import type { SchemaSource } from "./schema-source.ts";

export type Direction = "request" | "response";

/** `overlooking`: as if all that may be cut from an answer had been cut. Then a schema says what a value is, not what it must not have. */
export type Reading = Direction | "overlooking";

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
  // Judge nothing; sentences count bytes by them.
  "contentMediaType",
  "contentEncoding",
]);
const REFERENCE_HOPS_MAX = 16;
/** Say something of members that may be cut: overlooked with them. */
const OF_NAMES: ReadonlySet<string> = new Set(["maxProperties", "propertyNames"]);
const CLOSING: ReadonlySet<string> = new Set(["additionalProperties", "unevaluatedProperties"]);

/** Translates schemas of one document for one direction. Annotations and unknown keywords are left out. */
export class Translation {
  readonly #source: SchemaSource;
  readonly #hiding: "readOnly" | "writeOnly";
  readonly #overlooks: boolean;
  readonly #register: Register;

  constructor(source: SchemaSource, reading: Reading, register: Register) {
    this.#source = source;
    this.#hiding = reading === "request" ? "readOnly" : "writeOnly";
    this.#overlooks = reading === "overlooking";
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
      if (this.#overlooks && (OF_NAMES.has(keyword) || (value === false && CLOSING.has(keyword)))) continue;
      if (keyword === "additionalProperties") out[keyword] = this.#member(this.#source.child(at, keyword));
      else if (SCHEMA_KEYWORDS.has(keyword)) out[keyword] = this.translate(this.#source.child(at, keyword));
      else if (keyword === "properties" || keyword === "patternProperties")
        out[keyword] = this.#properties(at, keyword);
      else if (SCHEMA_MAP_KEYWORDS.has(keyword)) out[keyword] = this.#map(at, keyword);
      else if (SCHEMA_LIST_KEYWORDS.has(keyword))
        out[keyword] = this.#list(at, keyword, keyword === "allOf" ? hides : undefined);
      else if (keyword === "required" && Array.isArray(value))
        out[keyword] = value.filter((name) => !hides.has(name as string));
      else if (PLAIN.has(keyword)) out[keyword] = value;
    }
    this.#discriminator(at, out);
    if (this.#source.version !== "3.0") return out;
    evenOut30(given, out);
    return isNullableSum(this.#source, at) ? { anyOf: [{ type: "null" }, out] } : out;
  }

  /** Members by name or pattern; those that are not for this direction may not be there. */
  #properties(at: Located, keyword: string): Schema {
    const out = Object.create(null) as Schema;
    const map = this.#source.child(at, keyword);
    for (const name of Object.keys(map.value ?? {})) out[name] = this.#member(this.#source.child(map, name));
    return out;
  }

  #member(at: Located): unknown {
    const hidden = this.#hiddenAs(at);
    if (hidden === undefined) return this.translate(at);
    return this.#overlooks ? true : { [HIDDEN_KEYWORD]: hidden };
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

  /** Why a property is not for this direction, also where a reference or `allOf` says so; undefined where it is. */
  #hiddenAs(property: Located, hops = 0): "readOnly" | "writeOnly" | "sensitive" | undefined {
    if (typeof property.value !== "object" || property.value === null || hops > REFERENCE_HOPS_MAX) return undefined;
    const schema = property.value as Schema;
    const reference = schema["$ref"];
    if (typeof reference !== "string" || this.#source.version !== "3.0") {
      if (schema[this.#hiding] === true) return this.#hiding;
      if (this.#hiding === "writeOnly" && schema[SENSITIVE_MARK] === true) return "sensitive";
      const all = this.#source.child(property, "allOf");
      for (let index = 0; Array.isArray(all.value) && index < all.value.length; index += 1) {
        const hidden = this.#hiddenAs(this.#source.child(all, index), hops + 1);
        if (hidden !== undefined) return hidden;
      }
    }
    if (typeof reference !== "string") return undefined;
    return this.#hiddenAs(this.#source.target(reference, property), hops + 1);
  }

  /** Names that are not for this direction, here and in `allOf`: their `required` is void (OpenAPI 3.0, 4.7.24). */
  #hiddenNames(at: Located, outer: ReadonlySet<string> | undefined, into?: Set<string>, hops = 0): ReadonlySet<string> {
    const names = into ?? new Set(outer);
    const properties = this.#source.child(at, "properties");
    for (const name of Object.keys(properties.value ?? {})) {
      if (this.#hiddenAs(this.#source.child(properties, name)) !== undefined) names.add(name);
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

  /**
   * A value that names a branch fits that one or none (OpenAPI 3.0, 4.7.25): APIs read it as what it calls itself, and alternatives that are
   * open would all fit. What names no branch is judged as if there were no discriminator. Kept for messages, too.
   */
  #discriminator(at: Located, out: Schema): void {
    const keyword = "oneOf" in out ? "oneOf" : "anyOf";
    const branches = this.#source.child(at, keyword).value;
    const discriminator = Array.isArray(branches) ? discriminatorOf(at, branches) : undefined;
    if (discriminator === undefined) return;
    out[DISCRIMINATOR_KEYWORD] = discriminator;
    out[keyword] = (out[keyword] as unknown[]).map((branch, index) => ofItsName(branch, index, discriminator));
  }
}

function ofItsName(branch: unknown, index: number, { propertyName, values }: Discriminator): unknown {
  const names = Object.keys(values).filter((name) => values[name] !== index);
  if (names.length === 0 || typeof branch !== "object" || branch === null) return branch;
  const properties = Object.assign(Object.create(null) as Schema, { [propertyName]: { enum: names } });
  const other = { type: "object", required: [propertyName], properties };
  return "not" in branch ? { allOf: [branch, { not: other }] } : { ...branch, not: other };
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
