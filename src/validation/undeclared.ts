// Finds members that no schema declares where the schema is silent about others: noted in requests, reported in answers (I11, R01).
import type { Located } from "../openapi/located.ts";
import { pointerTo } from "../openapi/pointer.ts";
import { linearPattern, type LinearPattern, isPatternProblem } from "./pattern.ts";
import type { SchemaSource } from "./schema-source.ts";

const SCHEMAS_MAX = 512;
const IN_PLACE = ["allOf", "anyOf", "oneOf"] as const;

/** All that the schemas at one place of the value declare together. Parts are worked out when a value first has them. */
class Place {
  readonly #source: SchemaSource;
  readonly #parts: readonly Located[];
  /** Whether some part takes any member: then nothing is undeclared here. */
  readonly open: boolean;
  readonly #names = new Map<string, Place>();
  readonly #declared: ReadonlySet<string>;
  readonly #patterns: readonly { test: LinearPattern; at: Located }[];
  #rest: Place | undefined;
  #items: Place | undefined;

  constructor(source: SchemaSource, roots: readonly Located[]) {
    this.#source = source;
    this.#parts = partsOf(source, roots);
    const declared = new Set<string>();
    const patterns: { test: LinearPattern; at: Located }[] = [];
    let open = false;
    let structured = false;
    for (const part of this.#parts) {
      const schema = part.value as Record<string, unknown>;
      if (isObject(schema["properties"])) {
        structured = true;
        for (const name of Object.keys(schema["properties"])) declared.add(name);
      }
      if (isObject(schema["patternProperties"])) {
        structured = true;
        for (const pattern of Object.keys(schema["patternProperties"])) {
          const test = linearPattern(pattern);
          if (!isPatternProblem(test)) patterns.push({ test, at: source.child(part, "patternProperties", pattern) });
        }
      }
      const additional = schema["additionalProperties"];
      if (additional !== undefined && additional !== false) open = true;
    }
    this.#declared = declared;
    this.#patterns = patterns;
    this.open = open || !structured;
  }

  /** The place of that member; undefined where nobody declares it. */
  member(name: string): Place | undefined {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const patterns = this.#patterns.filter(({ test }) => test.test(name));
    const isDeclared = this.#declared.has(name);
    if (!isDeclared && patterns.length === 0) {
      if (!this.open) return undefined;
      return (this.#rest ??= this.#below((part) => this.#source.child(part, "additionalProperties")));
    }
    // Names that only a pattern takes come from the request: their places are kept by pattern, not by name.
    const key = isDeclared ? name : `\n${patterns.map(({ at }) => at.pointer).join("\n")}`;
    const shared = this.#names.get(key);
    if (shared !== undefined) return shared;
    const place = new Place(this.#source, [
      ...this.#parts.map((part) => this.#source.child(part, "properties", name)),
      ...patterns.map(({ at }) => at),
    ]);
    this.#names.set(key, place);
    return place;
  }

  item(): Place {
    return (this.#items ??= this.#below(
      (part) => this.#source.child(part, "items"),
      (part) => {
        const prefix = this.#source.child(part, "prefixItems");
        return Array.isArray(prefix.value) ? prefix.value.map((_, index) => this.#source.child(prefix, index)) : [];
      },
    ));
  }

  #below(one: (part: Located) => Located, many: (part: Located) => Located[] = () => []): Place {
    return new Place(
      this.#source,
      this.#parts.flatMap((part) => [one(part), ...many(part)]),
    );
  }
}

/** Finds undeclared members of the values of one schema. */
export class UndeclaredMembers {
  readonly #root: Place;

  constructor(source: SchemaSource, schema: Located) {
    this.#root = new Place(source, [schema]);
  }

  /** JSON Pointers, at most `max`. Where several schemas apply, what any of them declares is declared. */
  find(value: unknown, max: number): string[] {
    const found: string[] = [];
    search(this.#root, value, "", found, max);
    return found;
  }
}

function search(place: Place, value: unknown, at: string, found: string[], max: number): void {
  if (Array.isArray(value)) {
    const items = place.item();
    for (let index = 0; index < value.length && found.length < max; index += 1) {
      const item = value[index] as unknown;
      if (typeof item === "object" && item !== null) search(items, item, `${at}/${index}`, found, max);
    }
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const name in value) {
    if (found.length >= max) return;
    const member = place.member(name);
    const inner = (value as Record<string, unknown>)[name];
    if (member === undefined) found.push(pointerTo(at, name));
    else if (typeof inner === "object" && inner !== null) search(member, inner, pointerTo(at, name), found, max);
  }
}

function partsOf(source: SchemaSource, roots: readonly Located[]): Located[] {
  const parts: Located[] = [];
  const seen = new Set<string>();
  const waiting = [...roots];
  for (let node = waiting.pop(); node !== undefined && parts.length < SCHEMAS_MAX; node = waiting.pop()) {
    const key = `${node.file}#${node.pointer}`;
    if (seen.has(key) || !isObject(node.value)) continue;
    seen.add(key);
    parts.push(node);
    if (typeof node.value["$ref"] === "string") waiting.push(source.target(node.value["$ref"], node));
    for (const keyword of IN_PLACE) {
      const list = node.value[keyword];
      if (!Array.isArray(list)) continue;
      for (let index = 0; index < list.length; index += 1) waiting.push(source.child(node, keyword, index));
    }
    for (const keyword of ["if", "then", "else"]) waiting.push(source.child(node, keyword));
    const dependent = source.child(node, "dependentSchemas");
    for (const name of Object.keys(dependent.value ?? {})) waiting.push(source.child(dependent, name));
  }
  return parts;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
