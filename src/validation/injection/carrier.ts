// What a value of a schema can carry: decided when compiled, so that what the schema excludes is never looked at.
import { type Located, placeKey } from "../../openapi/located.ts";
import { isObject, memberOf } from "../../openapi/pointer.ts";
import { isPatternProblem, linearPattern } from "../pattern.ts";
import type { SchemaSource } from "../schema-source.ts";
import { alphabetOf } from "./alphabet.ts";
import { ALL_CLASSES, carriedBy, type ClassSet } from "./detection.ts";

/** What may be in a value, and what in its members and items. */
export interface Carrier {
  /** Classes that a text at this place can belong to. */
  readonly text: ClassSet;
  member(name: string): Carrier;
  item(): Carrier;
  /** Whether some schema names that member. */
  declares(name: string): boolean;
  /** Whether anything can be anywhere inside. */
  carries(seen?: Set<string>): boolean;
}

/** Where no schema says anything. */
export const ANYTHING: Carrier = {
  text: ALL_CLASSES,
  member: () => ANYTHING,
  item: () => ANYTHING,
  declares: () => false,
  carries: () => true,
};
const NOTHING: Carrier = {
  text: 0,
  member: () => NOTHING,
  item: () => NOTHING,
  declares: () => false,
  carries: () => false,
};

/** Formats whose texts are checked, and consist of letters, digits and a few signs in places of their own. */
const CLOSED_FORMATS = new Set(
  [
    "uuid",
    "date",
    "date-time",
    "time",
    "duration",
    "ipv4",
    "ipv6",
    "hostname",
    "byte",
    "base64url",
    "int32",
    "int64",
  ].concat(["float", "double", "decimal", "iso-time", "iso-date-time"]),
);
const PARTS_MAX = 256;

/** `schema` must be enforced: what is only monitored may be anything. */
export function carrierOf(source: SchemaSource, schema: Located): Carrier {
  return new Carriers(source).of([schema]);
}

class Carriers {
  readonly source: SchemaSource;
  readonly #known = new Map<string, SchemaCarrier>();

  constructor(source: SchemaSource) {
    this.source = source;
  }

  /** All of `schemas` hold. */
  of(schemas: readonly Located[]): SchemaCarrier {
    const key = schemas.map(placeKey).join(" ");
    let known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, (known = new SchemaCarrier(this, key, schemas)));
    return known;
  }
}

class SchemaCarrier implements Carrier {
  readonly #all: Carriers;
  readonly #key: string;
  readonly #parts: readonly Located[];
  /** Lists of alternatives, of each of which one holds. */
  readonly #alternatives: readonly (readonly Located[])[];
  readonly #members = new Map<string, Carrier>();
  #text: ClassSet | undefined;
  #item: Carrier | undefined;

  constructor(all: Carriers, key: string, roots: readonly Located[]) {
    this.#all = all;
    this.#key = key;
    const parts: Located[] = [];
    const alternatives: Located[][] = [];
    const waiting = [...roots];
    const seen = new Set<string>();
    for (let node = waiting.pop(); node !== undefined && parts.length < PARTS_MAX; node = waiting.pop()) {
      const place = placeKey(node);
      if (seen.has(place)) continue;
      seen.add(place);
      const reference = memberOf(node.value, "$ref");
      if (typeof reference === "string") {
        waiting.push(all.source.target(reference, node));
        if (all.source.version === "3.0") continue;
      }
      parts.push(node);
      waiting.push(...this.#list(node, "allOf"));
      for (const keyword of ["oneOf", "anyOf"]) {
        const list = this.#list(node, keyword);
        if (list.length > 0) alternatives.push(list);
      }
    }
    this.#parts = parts;
    this.#alternatives = alternatives;
  }

  get text(): ClassSet {
    if (this.#text !== undefined) return this.#text;
    // A schema that refers to itself in alternatives says nothing by that.
    this.#text = 0;
    let text = this.#parts.reduce((set, { value }) => set & ownText(value), ALL_CLASSES);
    for (const list of this.#alternatives) {
      text &= list.reduce((set, branch) => set | this.#all.of([branch]).text, 0);
    }
    return (this.#text = text);
  }

  member(name: string): Carrier {
    const known = this.#members.get(name);
    if (known !== undefined) return known;
    const carrier = this.#memberOf(name);
    // Other names come from the request.
    if (this.declares(name)) this.#members.set(name, carrier);
    return carrier;
  }

  item(): Carrier {
    if (this.#item !== undefined) return this.#item;
    const { source } = this.#all;
    const open = this.#parts.some(({ value }) => memberOf(value, "prefixItems") !== undefined);
    const schemas = this.#parts.filter(({ value }) => memberOf(value, "items") !== undefined);
    if (!this.#allows("array")) this.#item = NOTHING;
    else if (open) this.#item = ANYTHING;
    else if (schemas.length > 0) this.#item = this.#all.of(schemas.map((part) => source.child(part, "items")));
    else this.#item = this.#oneOfThem((branch) => branch.item());
    return this.#item;
  }

  carries(seen: Set<string> = new Set()): boolean {
    if (seen.has(this.#key)) return false;
    seen.add(this.#key);
    if (this.text !== 0) return true;
    if (this.#allows("object") && (!this.#isClosed() || this.#names().some((name) => this.member(name).carries(seen))))
      return true;
    return this.#allows("array") && this.item().carries(seen);
  }

  #memberOf(name: string): Carrier {
    if (!this.#allows("object")) return NOTHING;
    const { source } = this.#all;
    const schemas: Located[] = [];
    for (const part of this.#parts) {
      if (!isObject(part.value)) continue;
      const { properties, patternProperties, additionalProperties } = part.value;
      const before = schemas.length;
      if (isObject(properties) && Object.hasOwn(properties, name)) schemas.push(source.child(part, "properties", name));
      for (const pattern of isObject(patternProperties) ? Object.keys(patternProperties) : []) {
        const test = linearPattern(pattern);
        if (!isPatternProblem(test) && test.test(name)) schemas.push(source.child(part, "patternProperties", pattern));
      }
      if (schemas.length > before) continue;
      if (additionalProperties === false) return NOTHING;
      if (isObject(additionalProperties)) schemas.push(source.child(part, "additionalProperties"));
    }
    return schemas.length > 0 ? this.#all.of(schemas) : this.#oneOfThem((branch) => branch.member(name));
  }

  /** What the alternatives say, of which any may hold. */
  #oneOfThem(below: (branch: Carrier) => Carrier): Carrier {
    const [list] = this.#alternatives;
    if (list === undefined) return ANYTHING;
    const carriers = list.map((branch) => below(this.#all.of([branch]))).filter((one) => one !== NOTHING);
    if (carriers.length < 2) return carriers[0] ?? NOTHING;
    return carriers.includes(ANYTHING) ? ANYTHING : anyOf(carriers);
  }

  #names(): string[] {
    const named = this.#parts.flatMap(({ value }) => Object.keys(memberOf(value, "properties") ?? {}));
    return named.length > 0
      ? named
      : this.#alternatives.flat().flatMap((branch) => this.#below(branch, (one) => one.#names(), []));
  }

  declares(name: string): boolean {
    if (this.#parts.some(({ value }) => memberOf(memberOf(value, "properties"), name) !== undefined)) return true;
    return this.#alternatives.flat().some((branch) => this.#below(branch, (one) => one.declares(name), false));
  }

  /** What a branch says, unless it is this very schema. */
  #below<T>(branch: Located, ask: (carrier: SchemaCarrier) => T, otherwise: T): T {
    const carrier = this.#all.of([branch]);
    return carrier === this ? otherwise : ask(carrier);
  }

  #isClosed(): boolean {
    const closes = ({ value }: Located): boolean => {
      const {
        additionalProperties: one,
        unevaluatedProperties: other,
        patternProperties,
      } = value as Record<string, unknown>;
      return (one === false || other === false) && patternProperties === undefined;
    };
    if (this.#parts.some((part) => isObject(part.value) && closes(part))) return true;
    const [list] = this.#alternatives;
    return list !== undefined && list.every((branch) => this.#below(branch, (one) => one.#excludesOthers(), false));
  }

  #excludesOthers(): boolean {
    return !this.#allows("object") || this.#isClosed();
  }

  /** Whether a value of that type can stand here. */
  #allows(type: string): boolean {
    return this.#parts.every(({ value }) => {
      if (!isObject(value)) return value !== false;
      if ("enum" in value || "const" in value) return false;
      return (
        value["type"] === undefined ||
        value["type"] === type ||
        (Array.isArray(value["type"]) && value["type"].includes(type))
      );
    });
  }

  #list(at: Located, keyword: string): Located[] {
    const list = this.#all.source.child(at, keyword);
    return Array.isArray(list.value) ? list.value.map((_, index) => this.#all.source.child(list, index)) : [];
  }
}

function anyOf(carriers: readonly Carrier[]): Carrier {
  return {
    text: carriers.reduce((set, { text }) => set | text, 0),
    member: (name) => anyOf(carriers.map((carrier) => carrier.member(name))),
    item: () => anyOf(carriers.map((carrier) => carrier.item())),
    declares: (name) => carriers.some((carrier) => carrier.declares(name)),
    carries: (seen) => carriers.some((carrier) => carrier.carries(seen)),
  };
}

/** What one schema by itself lets a text be. */
function ownText(schema: unknown): ClassSet {
  if (schema === false) return 0;
  if (!isObject(schema)) return ALL_CLASSES;
  const { type, format, pattern, maxLength } = schema;
  if ("enum" in schema || "const" in schema) return 0;
  if (type !== undefined && type !== "string" && !(Array.isArray(type) && type.includes("string"))) return 0;
  if (typeof format === "string" && CLOSED_FORMATS.has(format)) return 0;
  const alphabet = typeof pattern === "string" ? alphabetOf(pattern) : undefined;
  const lengthMax = typeof maxLength === "number" ? maxLength : Number.POSITIVE_INFINITY;
  return carriedBy(alphabet ?? ANY_CHARACTERS, lengthMax);
}

/** Digits first, as an alphabet has them. */
const ANY_CHARACTERS = `0123456789${Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join("")}\u2028`;
