// What all schemas at one place of a value declare together: its members, its items, and the schemas themselves.
import { foldCase } from "../openapi/declared-names.ts";
import { type Located, placeKey } from "../openapi/located.ts";
import { isObject } from "../openapi/pointer.ts";
import { linearPattern, type LinearPattern, isPatternProblem } from "./pattern.ts";
import type { SchemaSource } from "./schema-source.ts";

const SCHEMAS_MAX = 512;
const IN_PLACE = ["allOf", "anyOf", "oneOf"] as const;

/** All that the schemas at one place of the value declare together. Parts are worked out when a value first has them. */
export class DeclaredPlace {
  readonly #source: SchemaSource;
  readonly parts: readonly Located[];
  /** Whether some part takes any member: then nothing is undeclared here. */
  readonly open: boolean;
  readonly #names = new Map<string, DeclaredPlace>();
  readonly #declared: ReadonlySet<string>;
  readonly #patterns: readonly { test: LinearPattern; at: Located }[];
  #folded: ReadonlyMap<string, string> | undefined;
  #rest: DeclaredPlace | undefined;
  #items: DeclaredPlace | undefined;

  constructor(source: SchemaSource, roots: readonly Located[]) {
    this.#source = source;
    this.parts = partsOf(source, roots);
    const declared = new Set<string>();
    const patterns: { test: LinearPattern; at: Located }[] = [];
    let open = false;
    let structured = false;
    for (const part of this.parts) {
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

  /** Whether some part names that member. */
  declares(name: string): boolean {
    return this.#declared.has(name);
  }

  /** Whether names that no part lists are described: by a pattern, or by what others may be. */
  get describesOthers(): boolean {
    if (this.#patterns.length > 0) return true;
    return this.parts.some(({ value }) => isObject((value as Record<string, unknown>)["additionalProperties"]));
  }

  /** The place of that member; undefined where nobody declares it. */
  member(name: string): DeclaredPlace | undefined {
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
    const place = new DeclaredPlace(this.#source, [
      ...this.parts.map((part) => this.#source.child(part, "properties", name)),
      ...patterns.map(({ at }) => at),
      ...this.parts
        .filter((part) => !names(part, name))
        .map((part) => this.#source.child(part, "additionalProperties")),
    ]);
    this.#names.set(key, place);
    return place;
  }

  /**
   * The declared member that readers who do not tell letter cases apart, as Go's and ASP.NET's, would take that one for.
   * Go folds more than ASCII: `K` (Kelvin) and `ſ` (long s) are k and s to it.
   */
  lookalike(name: string): string | undefined {
    if (this.#declared.size === 0 || this.#declared.has(name)) return undefined;
    this.#folded ??= new Map([...this.#declared].map((declared) => [foldCase(declared), declared]));
    return this.#folded.get(foldCase(name));
  }

  item(): DeclaredPlace {
    return (this.#items ??= this.#below(
      (part) => this.#source.child(part, "items"),
      (part) => {
        const prefix = this.#source.child(part, "prefixItems");
        return Array.isArray(prefix.value) ? prefix.value.map((_, index) => this.#source.child(prefix, index)) : [];
      },
    ));
  }

  #below(one: (part: Located) => Located, many: (part: Located) => Located[] = () => []): DeclaredPlace {
    return new DeclaredPlace(
      this.#source,
      this.parts.flatMap((part) => [one(part), ...many(part)]),
    );
  }
}

/** Whether `additionalProperties` of that schema does not speak of the member. */
function names({ value }: Located, name: string): boolean {
  const { properties, patternProperties } = value as Record<string, unknown>;
  if (isObject(properties) && Object.hasOwn(properties, name)) return true;
  return isObject(patternProperties) && Object.keys(patternProperties).some((pattern) => matches(pattern, name));
}

function matches(pattern: string, name: string): boolean {
  const test = linearPattern(pattern);
  return !isPatternProblem(test) && test.test(name);
}

function partsOf(source: SchemaSource, roots: readonly Located[]): Located[] {
  const parts: Located[] = [];
  const seen = new Set<string>();
  const waiting = [...roots];
  for (let node = waiting.pop(); node !== undefined && parts.length < SCHEMAS_MAX; node = waiting.pop()) {
    const key = placeKey(node);
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
