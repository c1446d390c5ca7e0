// What is to be added to a document: members of objects and items of lists. Nothing that is there is changed.
import { isObject } from "../pointer.ts";

export type Keys = readonly (string | number)[];

/** One thing that is added. The comment is for whoever decides about it. */
export interface Addition {
  readonly value: unknown;
  readonly comment: string | undefined;
}

/** A place of the document, with what is added to it and below it. */
export class Additions {
  /** By key: a place that may be there already, or else is made. */
  readonly members = new Map<string, Additions | Addition>();
  /** Items for the end of the list that stands here. */
  readonly items: Addition[] = [];

  /** Adds a member. What was added there first stays: false. */
  add(keys: Keys, value: unknown, comment?: string): boolean {
    const place = this.#at(keys.slice(0, -1));
    const key = String(keys.at(-1));
    if (place.members.has(key)) return false;
    place.members.set(key, { value, comment });
    return true;
  }

  append(keys: Keys, value: unknown, comment?: string): void {
    this.#at(keys).items.push({ value, comment });
  }

  get isEmpty(): boolean {
    return this.members.size === 0 && this.items.length === 0;
  }

  #at([key, ...rest]: Keys): Additions {
    if (key === undefined) return this;
    let next = this.members.get(String(key));
    if (!(next instanceof Additions)) {
      if (next !== undefined) throw new Error(`something was added at ${key} already`);
      this.members.set(String(key), (next = new Additions()));
    }
    return next.#at(rest);
  }
}

/** The value as it is with the additions; undefined where they do not fit it. */
export function withAdditions(value: unknown, additions: Additions | Addition): unknown {
  if (!(additions instanceof Additions)) return value === undefined ? additions.value : undefined;
  if (additions.items.length > 0) {
    if (value !== undefined && !Array.isArray(value)) return undefined;
    return [...((value as unknown[] | undefined) ?? []), ...additions.items.map((item) => item.value)];
  }
  if (Array.isArray(value)) {
    const copy: unknown[] = [...(value as unknown[])];
    for (const [key, inner] of additions.members) {
      const index = Number(key);
      copy[index] = copy[index] === undefined ? undefined : withAdditions(copy[index], inner);
    }
    return copy.includes(undefined) ? undefined : copy;
  }
  if (value !== undefined && !isObject(value)) return undefined;
  const copy: Record<string, unknown> = { ...value };
  for (const [key, inner] of additions.members) {
    const present = Object.hasOwn(copy, key) ? copy[key] : undefined;
    const next = withAdditions(present, inner);
    if (next === undefined) return undefined;
    copy[key] = next;
  }
  return copy;
}
