// What the document declares at one place of an answer: which members may leave it, and what is declared below them (R01, R02).
import { type Located, placeKey } from "../openapi/located.ts";
import { isObject, memberOf } from "../openapi/pointer.ts";
import type { Condition } from "./answer-conditions.ts";
import { conditionsOf } from "./answer-conditions.ts";
import { type Kinds, kindsOf } from "./answer-kinds.ts";
import { isPatternProblem, type LinearPattern, linearPattern } from "./pattern.ts";
import { SENSITIVE_MARK } from "./keywords.ts";
import type { SchemaSource } from "./schema-source.ts";

/** What places are made with: the document, and whether a value fits a schema once all that may be cut from it is overlooked. */
export interface PlaceMaker {
  readonly source: SchemaSource;
  fitsLoosely(schema: Located, value: unknown): boolean;
  /** The one place of these schemas together. */
  place(roots: readonly Located[], settled?: readonly Located[]): Place;
}

/** Alternatives that values chose, remembered for each place; more of them are worked out anew. */
const CHOICES_REMEMBERED_MAX = 64;
/** Schemas that hold at one place together. */
const PARTS_MAX = 4_096;
/** Names that only a pattern or `additionalProperties` takes: they come from the API's data. */
const OTHER_NAMES_REMEMBERED_MAX = 256;

export class Place {
  readonly #maker: PlaceMaker;
  /** Schemas that hold whatever the value is. */
  readonly #parts: readonly Located[];
  readonly #conditions: readonly Condition[];
  readonly #chosen = new Map<string, Place>();
  readonly #declared = new Map<string, Place | undefined>();
  readonly #others = new Map<string, Place>();
  readonly #items: Place[] = [];
  /** How many items have a schema of their own. */
  readonly #prefixLength: number;
  readonly #patterns: readonly { readonly test: LinearPattern; readonly at: Located; readonly part: Located }[];
  /** Whether members that nobody names are declared all the same. */
  readonly #open: boolean;
  /** Never leaves: `writeOnly`, or marked as sensitive. */
  readonly isHidden: boolean;
  /** Nobody says anything here. */
  readonly isAnything: boolean;
  #kinds: Kinds | undefined;

  constructor(maker: PlaceMaker, roots: readonly Located[], settled: readonly Located[]) {
    this.#maker = maker;
    const { parts, entered } = expand(maker.source, roots, settled);
    this.#parts = parts;
    this.#conditions = entered.flatMap((part) => conditionsOf(maker.source, part));
    const schemas = parts.map(({ value }) => value).filter((value) => isObject(value));
    this.isHidden = schemas.some((schema) => schema["writeOnly"] === true || schema[SENSITIVE_MARK] === true);
    this.#open = isOpen(schemas);
    for (const schema of schemas) {
      if (isObject(schema["properties"]))
        for (const name of Object.keys(schema["properties"])) this.#declared.set(name, undefined);
    }
    this.#prefixLength = Math.max(0, ...schemas.map((schema) => itemsBefore(schema)));
    this.isAnything = parts.length === 0;
    this.#patterns = parts.flatMap((part) => {
      const map = memberOf(part.value, "patternProperties");
      if (!isObject(map)) return [];
      return Object.keys(map).flatMap((pattern) => {
        const test = linearPattern(pattern);
        return isPatternProblem(test)
          ? []
          : [{ test, at: maker.source.child(part, "patternProperties", pattern), part }];
      });
    });
  }

  /** Objects, arrays and scalars that some schema here allows. */
  get kinds(): Kinds {
    return (this.#kinds ??= kindsOf(this.#maker.source, this.#parts));
  }

  /** This place with the alternatives that the value chose; undefined where it fits none of them. */
  resolve(value: object): Place | undefined {
    if (this.#conditions.length === 0) return this;
    let key = "";
    const roots: Located[] = [];
    for (const condition of this.#conditions) {
      const chosen = condition.choose(value, this.#maker);
      if (chosen === undefined) return undefined;
      key += `${chosen.key};`;
      roots.push(...chosen.schemas);
    }
    const known = this.#chosen.get(key);
    // A branch may have alternatives of its own.
    if (known !== undefined) return known.resolve(value);
    const place = this.#maker.place(roots, this.#parts);
    if (this.#chosen.size < CHOICES_REMEMBERED_MAX) this.#chosen.set(key, place);
    return place.resolve(value);
  }

  /** The place of that member; undefined where it must not leave. */
  member(name: string): Place | undefined {
    const known = this.#declared.get(name);
    if (known !== undefined) return known.isHidden ? undefined : known;
    if (this.#declared.has(name)) {
      const place = this.#maker.place(this.#schemasOf(name));
      this.#declared.set(name, place);
      return place.isHidden ? undefined : place;
    }
    const isOfPattern = this.#patterns.length > 0 && this.#patterns.some(({ test }) => test.test(name));
    if (!isOfPattern && !this.#open) return undefined;
    let place = this.#others.get(name);
    if (place === undefined) {
      place = this.#maker.place(this.#schemasOf(name));
      if (this.#others.size < OTHER_NAMES_REMEMBERED_MAX) this.#others.set(name, place);
    }
    return place.isHidden ? undefined : place;
  }

  item(index: number): Place {
    const slot = Math.min(index, this.#prefixLength);
    return (this.#items[slot] ??= this.#itemAt(slot));
  }

  #itemAt(index: number): Place {
    const { source } = this.#maker;
    const roots = this.#parts.flatMap((part) => {
      const prefix = memberOf(part.value, "prefixItems");
      if (Array.isArray(prefix) && index < prefix.length) return [source.child(part, "prefixItems", index)];
      return [source.child(part, memberOf(part.value, "items") === undefined ? "unevaluatedItems" : "items")];
    });
    return this.#maker.place(roots);
  }

  /** In each schema: what it says of that name, else what its patterns say, else what it says of all others. */
  #schemasOf(name: string): Located[] {
    const { source } = this.#maker;
    return this.#parts.flatMap((part) => {
      const properties = memberOf(part.value, "properties");
      const own =
        isObject(properties) && Object.hasOwn(properties, name) ? [source.child(part, "properties", name)] : [];
      const matching = this.#patterns.filter((pattern) => pattern.part === part && pattern.test.test(name));
      const schemas = [...own, ...matching.map(({ at }) => at)];
      if (schemas.length > 0) return schemas;
      const others = OTHERS.filter((keyword) => isObject(memberOf(part.value, keyword)));
      return others.map((keyword) => source.child(part, keyword));
    });
  }
}

const OTHERS = ["additionalProperties", "unevaluatedProperties"] as const;

/** Silent about others: they are undeclared, as soon as anybody names members. `additionalProperties: true` is a word. */
function isOpen(schemas: readonly Record<string, unknown>[]): boolean {
  let names = false;
  for (const schema of schemas) {
    if (isObject(schema["properties"]) || isObject(schema["patternProperties"])) names = true;
    for (const keyword of OTHERS) {
      if (schema[keyword] === false) names = true;
      else if (schema[keyword] !== undefined) return true;
    }
  }
  return !names;
}

function itemsBefore({ prefixItems }: Record<string, unknown>): number {
  return Array.isArray(prefixItems) ? prefixItems.length : 0;
}

/** All schemas that hold unconditionally: behind references and in `allOf`. `entered` are those that were not settled before. */
function expand(source: SchemaSource, roots: readonly Located[], settled: readonly Located[]) {
  const parts = [...settled];
  const entered: Located[] = [];
  const seen = new Set(settled.map(placeKey));
  const waiting = [...roots];
  for (let node = waiting.pop(); node !== undefined && parts.length < PARTS_MAX; node = waiting.pop()) {
    const key = placeKey(node);
    if (seen.has(key) || node.value === undefined) continue;
    seen.add(key);
    const reference = memberOf(node.value, "$ref");
    if (typeof reference === "string") {
      waiting.push(source.target(reference, node));
      // Siblings of a reference mean nothing in 3.0 (4.7.24.1).
      if (source.version === "3.0") continue;
    }
    parts.push(node);
    entered.push(node);
    const all = source.child(node, "allOf");
    if (Array.isArray(all.value)) all.value.forEach((_, index) => waiting.push(source.child(all, index)));
  }
  return { parts, entered };
}
