// Alternatives inside a schema, and which of them a value chose: what only the others declare is not declared for it.
import type { Located } from "../openapi/located.ts";
import { isObject, memberOf } from "../openapi/pointer.ts";
import type { PlaceMaker } from "./answer-place.ts";
import { discriminatorOf } from "./discriminator.ts";
import type { SchemaSource } from "./schema-source.ts";

export interface Chosen {
  /** Names the choice among those of one condition. */
  readonly key: string;
  readonly schemas: readonly Located[];
}

export interface Condition {
  /** Undefined where the value fits no alternative and names none. */
  choose(value: object, maker: PlaceMaker): Chosen | undefined;
}

const NONE: Chosen = Object.freeze({ key: "-", schemas: [] });

/** The conditions that one schema states itself. */
export function conditionsOf(source: SchemaSource, at: Located): Condition[] {
  const conditions: Condition[] = [];
  for (const keyword of ["oneOf", "anyOf"] as const) {
    const list = source.child(at, keyword);
    if (Array.isArray(list.value) && list.value.length > 0) conditions.push(new Alternatives(source, at, list));
  }
  if (memberOf(at.value, "if") !== undefined) conditions.push(new IfThenElse(source, at));
  const dependent = source.child(at, "dependentSchemas");
  if (isObject(dependent.value)) {
    for (const name of Object.keys(dependent.value))
      conditions.push(new Dependent(name, source.child(dependent, name)));
  }
  return conditions;
}

/** `oneOf` and `anyOf`: the branch that the value names by the discriminator declares; where it names none, every one that it fits. */
class Alternatives implements Condition {
  readonly #branches: readonly Located[];
  readonly #propertyName: string | undefined;
  readonly #named: Readonly<Record<string, number>>;

  constructor(source: SchemaSource, at: Located, list: Located) {
    this.#branches = (list.value as unknown[]).map((_, index) => source.child(list, index));
    const discriminator = discriminatorOf(at, list.value as unknown[]);
    this.#propertyName = discriminator?.propertyName;
    this.#named = discriminator?.values ?? {};
  }

  choose(value: object, maker: PlaceMaker): Chosen | undefined {
    const named = this.#byName(value);
    if (named !== undefined) return named;
    let key = "";
    const schemas: Located[] = [];
    for (let i = 0; i < this.#branches.length; i += 1) {
      const branch = this.#branches[i] as Located;
      if (!maker.fitsLoosely(branch, value)) continue;
      key += `${i},`;
      schemas.push(branch);
    }
    return schemas.length > 0 ? { key, schemas } : undefined;
  }

  #byName(value: object): Chosen | undefined {
    if (this.#propertyName === undefined) return undefined;
    const named = memberOf(value, this.#propertyName);
    const index = typeof named === "string" && Object.hasOwn(this.#named, named) ? this.#named[named] : undefined;
    return index === undefined ? undefined : { key: `${index},`, schemas: [this.#branches[index] as Located] };
  }
}

class IfThenElse implements Condition {
  readonly #if: Located;
  readonly #holds: Chosen;
  readonly #fails: Chosen;

  constructor(source: SchemaSource, at: Located) {
    this.#if = source.child(at, "if");
    this.#holds = { key: "then", schemas: [this.#if, source.child(at, "then")] };
    this.#fails = { key: "else", schemas: [source.child(at, "else")] };
  }

  choose(value: object, maker: PlaceMaker): Chosen {
    return maker.fitsLoosely(this.#if, value) ? this.#holds : this.#fails;
  }
}

class Dependent implements Condition {
  readonly #name: string;
  readonly #given: Chosen;

  constructor(name: string, at: Located) {
    this.#name = name;
    this.#given = { key: "+", schemas: [at] };
  }

  choose(value: object): Chosen {
    return !Array.isArray(value) && Object.hasOwn(value, this.#name) ? this.#given : NONE;
  }
}
