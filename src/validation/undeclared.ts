// Finds members that no schema declares where the schema is silent about others: noted in requests, reported in answers (I11, R01).
import type { Located } from "../openapi/located.ts";
import { pointerTo } from "../openapi/pointer.ts";
import { DeclaredPlace } from "./declared-place.ts";
import type { SchemaViolation } from "./explanation.ts";
import { VIOLATIONS_MAX } from "./limits.ts";
import type { SchemaSource } from "./schema-source.ts";
import { shownName } from "./sentence.ts";

/** Finds undeclared members of the values of one schema. */
export class UndeclaredMembers {
  readonly #root: DeclaredPlace;

  constructor(source: SchemaSource, schema: Located) {
    this.#root = new DeclaredPlace(source, [schema]);
  }

  /** Whether a schema names that member of the whole value. */
  declares(name: string): boolean {
    return this.#root.declares(name);
  }

  /** Whether a schema describes that member of the whole value, by name or otherwise. */
  takes(name: string): boolean {
    return this.#root.member(name) !== undefined && (this.#root.declares(name) || this.#root.describesOthers);
  }

  /**
   * JSON Pointers, at most `max`. Where several schemas apply, what any of them declares is declared. `lookalikes` is filled
   * with all members that some reader takes for a declared one.
   */
  find(value: unknown, max: number, lookalikes?: SchemaViolation[]): string[] {
    const search = new Search(max, lookalikes);
    search.walk(this.#root, value, "");
    return search.found;
  }
}

class Search {
  readonly found: string[] = [];
  readonly #max: number;
  readonly #lookalikes: SchemaViolation[] | undefined;

  constructor(max: number, lookalikes: SchemaViolation[] | undefined) {
    this.#max = max;
    this.#lookalikes = lookalikes;
  }

  /** Whether enough was found. A member that could be taken for another must not hide behind many that are merely undeclared. */
  get #isOver(): boolean {
    return this.#lookalikes === undefined ? this.found.length >= this.#max : this.#lookalikes.length >= VIOLATIONS_MAX;
  }

  walk(place: DeclaredPlace, value: unknown, at: string): void {
    if (Array.isArray(value)) {
      const items = place.item();
      for (let index = 0; index < value.length && !this.#isOver; index += 1) {
        const item = value[index] as unknown;
        if (typeof item === "object" && item !== null) this.walk(items, item, `${at}/${index}`);
      }
      return;
    }
    if (typeof value !== "object" || value === null) return;
    for (const name in value) {
      if (this.#isOver) return;
      const member = place.member(name);
      const inner = (value as Record<string, unknown>)[name];
      if (this.#lookalikes !== undefined) this.#compare(place, name, at);
      if (member === undefined) {
        if (this.found.length < this.#max) this.found.push(pointerTo(at, name));
      } else if (typeof inner === "object" && inner !== null) this.walk(member, inner, pointerTo(at, name));
    }
  }

  #compare(place: DeclaredPlace, name: string, at: string): void {
    const declared = place.lookalike(name);
    if (declared === undefined) return;
    const shown = shownName(name);
    const message = `${shown} is not allowed: it could be taken for ${declared}`;
    this.#lookalikes?.push({ at: pointerTo(at, shown), message });
  }
}
