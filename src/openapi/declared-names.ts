// Finds names that nobody declares but that another reader would take for a declared one: `limit[]`, `LIMIT`, `user.id[x]` beside `user_id` (G06).
import type { ValueShape } from "./parameter-shape.ts";

/** How a place nests names: a query by brackets and dots, cookies by brackets alone. */
export type Nesting = "dots" | "brackets";

/**
 * Spring's binder fills `role` from `!role` where it is absent. `??role=1` is `role` to old parsers of HTTP (PHP's own server has one),
 * and to whoever hands the target from its first question mark on to URLSearchParams.
 */
const IGNORED_MARK = /^[!?]/;

interface Known {
  readonly name: string;
  readonly parts: readonly string[];
  readonly flat: string;
  readonly phpParts: readonly string[];
}

/**
 * The names that a place declares. qs, Rails and PHP make a list or an object of `limit[]` and `limit[x]`, Spring and
 * ASP.NET of `limit.x`; ASP.NET does not tell letter cases apart; PHP writes `user.id` and `user id` as `user_id`, also before
 * brackets; Rails assigns `day(1i)` to `day`.
 */
export class DeclaredNames {
  readonly #nesting: Nesting;
  readonly #known: readonly Known[];

  constructor(names: Iterable<string>, nesting: Nesting) {
    this.#nesting = nesting;
    this.#known = [...names].map((name) => ({
      name,
      parts: partsOf(name, nesting),
      flat: flatten(name),
      phpParts: phpPartsOf(name),
    }));
  }

  /** The declared name that this other one would be taken for. */
  takenFor(written: string): string | undefined {
    const name = this.#nesting === "dots" && IGNORED_MARK.test(written) ? written.slice(1) : written;
    const parts = partsOf(name, this.#nesting);
    const flat = flatten(name);
    const phpParts = phpPartsOf(name);
    return this.#known.find(
      (known) => known.flat === flat || isWithin(parts, known.parts) || isWithin(phpParts, known.phpParts),
    )?.name;
  }
}

/** Whether readers that merge objects would change what all objects share: `a[__proto__][b]`, `constructor.prototype.b` (I02). */
export function namesPrototype(name: string): boolean {
  if (!name.includes("proto")) return false;
  const parts = name.split(/[[\].\s]+/);
  return parts.some(
    (part, index) => part === "__proto__" || (part === "constructor" && parts[index + 1] === "prototype"),
  );
}

/** Beside a name like this one qs, PHP and Rails have no value, but an object or a list: no schema of a single value was asked of that. */
export const TAKEN_APART = "is not allowed: it could be taken for an object or a list";

/** Whether those take a name apart that may have any, but whose value is described as one. */
export function isTakenApart(name: string, described: ValueShape | undefined): boolean {
  return name.includes("[") && described?.kind === "scalar" && described.types.size > 0;
}

function partsOf(name: string, nesting: Nesting): string[] {
  const parts = foldCase(name.trim()).split(nesting === "dots" ? /[[\].(]+/ : /[[\]]+/);
  return parts.filter((part) => part !== "");
}

/** As PHP has it: dots and spaces are `_` before the first bracket, and stay what they are behind it. */
function phpPartsOf(name: string): string[] {
  const text = name.trim();
  const bracket = text.indexOf("[");
  if (bracket < 1) return [flatten(text)];
  return partsOf(flatten(text.slice(0, bracket)) + text.slice(bracket), "brackets");
}

/** Letters that are one without case: the long s is an s to Go, Kelvin's sign a k. */
export function foldCase(name: string): string {
  return name.toUpperCase().toLowerCase();
}

function flatten(name: string): string {
  return foldCase(name.trim()).replaceAll(/[\s.[]/g, "_");
}

/** Whether one of the two leads to the other: the shorter would replace what the longer is a member of. */
function isWithin(one: readonly string[], other: readonly string[]): boolean {
  const length = Math.min(one.length, other.length);
  if (length === 0) return false;
  for (let i = 0; i < length; i += 1) if (one[i] !== other[i]) return false;
  return true;
}
