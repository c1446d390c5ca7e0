// Finds members that no schema declares where the schema is silent about others: noted in requests, reported in answers (I11, R01).
import type { Located } from "../openapi/located.ts";
import { pointerTo } from "../openapi/pointer.ts";
import { DeclaredPlace } from "./declared-place.ts";
import type { SchemaSource } from "./schema-source.ts";

/** Finds undeclared members of the values of one schema. */
export class UndeclaredMembers {
  readonly #root: DeclaredPlace;

  constructor(source: SchemaSource, schema: Located) {
    this.#root = new DeclaredPlace(source, [schema]);
  }

  /** JSON Pointers, at most `max`. Where several schemas apply, what any of them declares is declared. */
  find(value: unknown, max: number): string[] {
    const found: string[] = [];
    search(this.#root, value, "", found, max);
    return found;
  }
}

function search(place: DeclaredPlace, value: unknown, at: string, found: string[], max: number): void {
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
