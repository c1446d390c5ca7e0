// Tells what is used by name and JSON type alone: no value gets out, nor a name that looks like one.
import { ANY_NAME, isName } from "../core/names.ts";
import type { JsonType, Undeclared, UsedName } from "../core/undeclared.ts";
import { pointerKeys, pointerTo } from "../openapi/pointer.ts";
import { decodeText } from "../openapi/parameter-value.ts";
import { USED_LEVELS_MAX, USED_NAMES_MAX, USED_POINTER_CHARACTERS_MAX } from "./limits.ts";

function typeOf(value: unknown): JsonType {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  if (typeof value === "object") return "object";
  return typeof value === "boolean" ? "boolean" : "string";
}

/** The narrowest type that a parameter's text could have. */
function typeOfText(text: string): JsonType {
  if (/^(?:0|-?[1-9]\d{0,14})$/.test(text)) return "integer";
  if (/^-?(?:0|[1-9]\d{0,14})\.\d{1,15}$/.test(text)) return "number";
  return text === "true" || text === "false" ? "boolean" : "string";
}

class Names {
  readonly #found = new Map<string, UsedName>();

  get full(): boolean {
    return this.#found.size >= USED_NAMES_MAX;
  }

  /** Types that differ within one body are told apart, so that the reader can join them. */
  add(at: string, type: JsonType): void {
    if (!this.full && at.length <= USED_POINTER_CHARACTERS_MAX) this.#found.set(`${at}\n${type}`, { at, type });
  }

  get all(): readonly UsedName[] {
    return [...this.#found.values()];
  }
}

/** The parameters of a query that are among `wanted`; all where none are given. What comes twice is a list. */
export function usedInQuery(query: string, wanted?: readonly string[]): Undeclared {
  const types = new Map<string, JsonType>();
  for (const pair of query.split("&")) {
    if (pair === "" || types.size >= USED_NAMES_MAX) continue;
    const equals = pair.indexOf("=");
    const name = decodeText(equals < 0 ? pair : pair.slice(0, equals), "form");
    if (name === undefined || !isName(name) || wanted?.includes(name) === false) continue;
    const text = decodeText(equals < 0 ? "" : pair.slice(equals + 1), "form") ?? "";
    types.set(name, types.has(name) ? "array" : typeOfText(text));
  }
  return { in: "query", names: [...types].map(([at, type]) => ({ at, type })) };
}

/** The fields of a form, which is written as a query is. */
export function usedInForm(text: string, media: string): Undeclared {
  const fields = usedInQuery(text).names.map(({ at, type }) => ({ at: pointerTo("", at), type }));
  return { in: "body", media, names: [{ at: "", type: "object" }, ...fields] };
}

/** The members at these JSON Pointers, and what is inside them. */
export function usedAt(
  where: "body" | "answer",
  value: unknown,
  pointers: readonly string[],
  media: string | undefined,
): Undeclared {
  const names = new Names();
  for (const pointer of pointers) {
    let node = value;
    let at = "";
    for (const key of pointerKeys(pointer)) {
      at = pointerTo(at, shown(node, key));
      node = (node as Record<string, unknown>)[key];
    }
    collect(node, at, names, 0);
    if (names.full) break;
  }
  return { in: where, media, names: names.all };
}

/** All that a value holds. The first one says what it is itself, at the pointer `""`. */
export function usedIn(where: "body" | "answer", value: unknown, media: string | undefined): Undeclared {
  const names = new Names();
  collect(value, "", names, 0);
  return { in: where, media, names: names.all };
}

/** A note's list of query parameters. Those whose names are data are one, as `*`. */
export function toldNames(names: readonly string[], max: number): string {
  return [...new Set(names.map((name) => (isName(name) ? name : ANY_NAME)))].slice(0, max).join(", ");
}

/** A note's list of places in a body or an answer. */
export function toldPlaces(pointers: readonly string[], max: number): string {
  return [...new Set(pointers.map(toldPlace))].slice(0, max).join(", ");
}

/** A pointer without names that are data. Small numbers are items of a list. */
export function toldPlace(pointer: string): string {
  let at = "";
  for (const key of pointerKeys(pointer)) at = pointerTo(at, /^\d{1,3}$/.test(key) || isName(key) ? key : ANY_NAME);
  return at;
}

function shown(parent: unknown, key: string): string {
  return Array.isArray(parent) || !isName(key) ? ANY_NAME : key;
}

function collect(value: unknown, at: string, names: Names, level: number): void {
  names.add(at, typeOf(value));
  if (typeof value !== "object" || value === null || level >= USED_LEVELS_MAX) return;
  for (const [key, inner] of Object.entries(value)) {
    if (names.full) return;
    collect(inner, pointerTo(at, shown(value, key)), names, level + 1);
  }
}
