// Which texts of a body are sanitized, and how: the places of its schema, and the words that all schemas there declare together.
import { type Located, placeKey, ProblemsError } from "../openapi/located.ts";
import { isObject, pointerTo } from "../openapi/pointer.ts";
import { DeclaredPlace } from "./declared-place.ts";
import { NO_WORDS, SANITIZE_MARK, sanitizeText, type SanitizeWords, wordsOf } from "./sanitizing.ts";
import { SCHEMA_KEYWORDS, SCHEMA_LIST_KEYWORDS, SCHEMA_MAP_KEYWORDS } from "./schema-places.ts";
import type { SchemaSource } from "./schema-source.ts";
import { shownName } from "./sentence.ts";

/** The new text, or what changes inside, by member or index. */
export type Change = string | ReadonlyMap<string | number, Change>;

const words = new WeakMap<DeclaredPlace, SanitizeWords>();

function wordsAt(place: DeclaredPlace): SanitizeWords {
  let known = words.get(place);
  if (known === undefined) {
    known = place.parts.reduce(
      (all, { value }) => all | wordsOf((value as Record<string, unknown>)[SANITIZE_MARK]),
      NO_WORDS,
    );
    words.set(place, known);
  }
  return known;
}

/** Finds what is to change in values of one schema. */
export class SanitizedPlaces {
  readonly root: DeclaredPlace;

  constructor(source: SchemaSource, schema: Located) {
    this.root = new DeclaredPlace(source, [schema]);
  }

  /** Undefined where nothing changes. The pointers of what does are added to `at`. */
  changeOf(value: unknown, at: string[]): Change | undefined {
    return change(this.root, value, "", at);
  }

  /** The same for one field of a form, or one of its items. */
  changeOfField(name: string, value: unknown, at: string[]): Change | undefined {
    const place = this.root.member(name);
    if (place === undefined) return undefined;
    const found = change(place, value, pointerTo("", shownName(name)), at);
    return found ?? change(place.item(), value, pointerTo("", shownName(name)), at);
  }
}

function change(place: DeclaredPlace, value: unknown, pointer: string, at: string[]): Change | undefined {
  if (typeof value === "string") {
    const text = sanitizeText(value, wordsAt(place));
    if (text === value) return undefined;
    at.push(pointer);
    return text;
  }
  if (typeof value !== "object" || value === null) return undefined;
  let changes: Map<string | number, Change> | undefined;
  const add = (key: string | number, inner: Change | undefined): void => {
    if (inner !== undefined) (changes ??= new Map()).set(key, inner);
  };
  if (Array.isArray(value)) {
    const item = place.item();
    for (const [index, inner] of value.entries()) add(index, change(item, inner, `${pointer}/${index}`, at));
    return changes;
  }
  for (const [name, inner] of Object.entries(value)) {
    const member = place.member(name);
    if (member !== undefined) add(name, change(member, inner, pointerTo(pointer, shownName(name)), at));
  }
  return changes;
}

/** Schemas from which no reference leads to a mark: asked again for each operation that shares them. */
const unmarked = new WeakMap<SchemaSource, Set<string>>();

/** The first schema that is marked, at that place or below. Undefined where none is; a reference that leads nowhere is told elsewhere. */
export function findMark(source: SchemaSource, schema: Located): Located | undefined {
  const clean = unmarked.get(source) ?? new Set<string>();
  unmarked.set(source, clean);
  const seen = new Set<string>();
  const found = search(
    source,
    schema,
    (reference, from) => source.target(reference, from),
    (key) => {
      if (clean.has(key) || seen.has(key)) return false;
      seen.add(key);
      return true;
    },
  );
  if (found === undefined) for (const key of seen) clean.add(key);
  return found;
}

/** The same without following references. */
export function findMarkInside(source: SchemaSource, schema: Located): Located | undefined {
  return search(
    source,
    schema,
    () => undefined,
    () => true,
  );
}

function search(
  source: SchemaSource,
  schema: Located,
  target: (reference: string, from: Located) => Located | undefined,
  isNew: (key: string) => boolean,
): Located | undefined {
  const waiting = [schema];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (!isObject(node.value) || !isNew(placeKey(node))) continue;
    if (node.value[SANITIZE_MARK] !== undefined) return node;
    const reference = node.value["$ref"];
    const referred = typeof reference === "string" ? attempt(() => target(reference, node)) : undefined;
    if (referred !== undefined) waiting.push(referred);
    for (const keyword of Object.keys(node.value)) {
      const inner = source.child(node, keyword);
      if (SCHEMA_KEYWORDS.has(keyword)) waiting.push(inner);
      const isMany = SCHEMA_MAP_KEYWORDS.has(keyword) || SCHEMA_LIST_KEYWORDS.has(keyword);
      for (const name of isMany ? Object.keys(inner.value ?? {}) : []) waiting.push(source.child(inner, name));
    }
  }
  return undefined;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof ProblemsError) return undefined;
    throw error;
  }
}
