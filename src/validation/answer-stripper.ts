// Finds what must be cut from an answer: members that no schema which its value fits declares, and those that never leave (R01, R02).
import { type Located, placeKey } from "../openapi/located.ts";
import { pointerTo } from "../openapi/pointer.ts";
import { ARRAY, OBJECT, SCALAR } from "./answer-kinds.ts";
import { Place, type PlaceMaker } from "./answer-place.ts";
import type { Cut } from "./cut-text.ts";
import type { SchemaCompiler } from "./schema-compiler.ts";
import type { SchemaSource } from "./schema-source.ts";
import { shownName } from "./sentence.ts";

/** What is to be cut; nothing where `cut` is undefined. With `refused` nobody can say what may stay. */
export interface Stripping {
  readonly cut: Cut | undefined;
  readonly refused: { readonly at: string; readonly message: string } | undefined;
}

/** Places remembered for one schema: far more than documents have, but alternatives multiply. */
const PLACES_MAX = 10_000;

/** The rules of one schema. Places are made when an answer first has them, and kept. */
export class AnswerStripper implements PlaceMaker {
  readonly source: SchemaSource;
  readonly #schemas: SchemaCompiler;
  readonly #places = new Map<string, Place>();
  readonly #root: Place;

  constructor(source: SchemaSource, schemas: SchemaCompiler, schema: Located) {
    this.source = source;
    this.#schemas = schemas;
    this.#root = this.place([schema]);
  }

  place(roots: readonly Located[], settled?: readonly Located[]): Place {
    const given = roots.filter(({ value }) => value !== undefined);
    // What a value chose is remembered where it chose: the API's data decides how many choices there are.
    if (settled !== undefined) return new Place(this, given, settled);
    const key = given.map(placeKey).join(" ");
    let place = this.#places.get(key);
    if (place === undefined) {
      if (this.#places.size >= PLACES_MAX) this.#places.clear();
      this.#places.set(key, (place = new Place(this, given, [])));
    }
    return place;
  }

  fitsLoosely(schema: Located, value: unknown): boolean {
    return this.#schemas.fitsLoosely(schema, value);
  }

  /** Takes out of `value` what must be cut, and says what that was. */
  strip(value: unknown): Stripping {
    this.#schemas.beginLoosely();
    const walk = new Walk();
    const cut = walk.enter(this.#root, value);
    return { cut, refused: walk.refused };
  }
}

class Walk {
  refused: { at: string; message: string } | undefined;

  enter(place: Place, value: unknown): Cut | undefined {
    if (place.isAnything) return undefined;
    if (typeof value !== "object" || value === null) {
      // Null tells nothing, whatever was declared.
      if (value !== null && (place.kinds & SCALAR) === 0) this.#refuse("a single value");
      return undefined;
    }
    const resolved = place.resolve(value);
    if (resolved === undefined) {
      this.refused = { at: "", message: "fits no alternative of the schema" };
      return undefined;
    }
    if (Array.isArray(value)) return this.#items(resolved, value);
    return this.#members(resolved, value as Record<string, unknown>);
  }

  #items(place: Place, values: unknown[]): Cut | undefined {
    if ((place.kinds & ARRAY) === 0) return this.#refuse("a list");
    let items: (Cut | undefined)[] | undefined;
    for (let i = 0; i < values.length; i += 1) {
      const inner = this.enter(place.item(i), values[i]);
      if (inner !== undefined) (items ??= [])[i] = inner;
      if (this.refused !== undefined) return this.#within(i);
    }
    return items === undefined ? undefined : { names: undefined, members: undefined, items };
  }

  #members(place: Place, value: Record<string, unknown>): Cut | undefined {
    if ((place.kinds & OBJECT) === 0) return this.#refuse("an object");
    let names: Set<string> | undefined;
    let members: Map<string, Cut> | undefined;
    for (const name in value) {
      const member = place.member(name);
      if (member === undefined) {
        (names ??= new Set()).add(name);
        continue;
      }
      const inner = this.enter(member, value[name]);
      if (inner !== undefined) (members ??= new Map()).set(name, inner);
      if (this.refused !== undefined) return this.#within(name);
    }
    if (names === undefined && members === undefined) return undefined;
    if (names !== undefined) for (const name of names) delete value[name];
    return { names, members, items: undefined };
  }

  #refuse(what: string): undefined {
    this.refused = { at: "", message: `is ${what}, which the schema does not have there` };
  }

  #within(key: string | number): undefined {
    const { at, message } = this.refused as { at: string; message: string };
    this.refused = { at: pointerTo("", typeof key === "number" ? key : shownName(key)) + at, message };
  }
}

/** JSON Pointers of what was cut, at most `max`. */
export function cutPlaces(cut: Cut, max: number): string[] {
  const found: string[] = [];
  collect(cut, "", found, max);
  return found;
}

function collect(cut: Cut, at: string, found: string[], max: number): void {
  for (const name of cut.names ?? []) if (found.length < max) found.push(pointerTo(at, name));
  for (const [name, inner] of cut.members ?? [])
    if (found.length < max) collect(inner, pointerTo(at, name), found, max);
  for (const [index, inner] of (cut.items ?? []).entries()) {
    if (found.length >= max) return;
    if (inner !== undefined) collect(inner, `${at}/${index}`, found, max);
  }
}
