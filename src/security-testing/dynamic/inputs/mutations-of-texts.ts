// Texts just outside and just inside of their lengths, and texts of another form.
import { FORMATS } from "../../../validation/formats.ts";
import { linearPattern } from "../../../validation/pattern.ts";
import type { Mutation, Trying } from "./mutation.ts";

/** Of no format that is checked. */
const FORMLESS = "~no such form~";

export function* textMutations(trying: Trying): Generator<Mutation> {
  const { schema, place, charactersMax } = trying;
  const { keywords, types } = schema;
  if (!types.includes("string") || types.some((type) => type !== "string" && type !== "null")) return;
  if (Array.isArray(keywords["enum"]) || "const" in keywords) return;
  const least = Number(keywords["minLength"] ?? 0);
  const most = Number(keywords["maxLength"] ?? Infinity);
  // An empty segment is another path, and an empty field is none.
  const shortest = place === "body" || place === "query" ? 0 : 1;
  if (least - 1 >= shortest) {
    const value = ofLength(least - 1, trying) ?? "a".repeat(least - 1);
    yield { name: `shorter than its minLength of ${least}`, value, isRefused: true };
  }
  if (most + 1 <= charactersMax) {
    const value = ofLength(most + 1, trying) ?? "a".repeat(most + 1);
    yield { name: `longer than its maxLength of ${most}`, value, isRefused: true };
  }
  for (const length of new Set([least, most])) {
    const value = length >= Math.max(1, shortest) && length <= charactersMax ? ofLength(length, trying) : undefined;
    if (value !== undefined) yield { name: `with as many characters as allowed, ${length}`, value, isRefused: false };
  }
  const { format } = keywords;
  if (typeof format === "string" && Object.hasOwn(FORMATS, format)) {
    const value = FORMLESS.slice(0, Math.max(most, 1));
    if (!hasFormat(value, format)) yield { name: `that is no ${format}`, value, isRefused: true };
  }
  if (typeof keywords["pattern"] === "string") {
    const value = unlike(keywords["pattern"], trying, least, most);
    if (value !== undefined) yield { name: "unlike its pattern", value, isRefused: true };
  }
}

/** A text that long of the form that is asked for; undefined where none was found. */
function ofLength(length: number, { schema: { keywords }, base }: Trying): string | undefined {
  const { pattern, format } = keywords;
  return stretched(typeof base === "string" ? base : "", length).find(
    (text) =>
      (typeof pattern !== "string" || matches(pattern, text)) &&
      (typeof format !== "string" || hasFormat(text, format)),
  );
}

const PUMPED_MAX = 4;

/** Texts that are like the base and have that length: its front cut off or one of its characters said again. */
function stretched(base: string, length: number): string[] {
  const letters = Array.from(base);
  if (letters.length >= length)
    return [letters.slice(0, length).join(""), letters.slice(letters.length - length).join(""), "a".repeat(length)];
  const more = length - letters.length;
  const places = [letters.length - 1, 0, Math.floor(letters.length / 2), 1].slice(0, PUMPED_MAX);
  const pumped = places
    .filter((i) => i >= 0 && i < letters.length)
    .map((i) => letters.with(i, (letters[i] as string).repeat(more + 1)).join(""));
  return [...pumped, "a".repeat(length), "A".repeat(length), "1".repeat(length)];
}

/** As long as it may be, and not of that pattern. */
function unlike(pattern: string, { base }: Trying, least: number, most: number): string | undefined {
  const usual = typeof base === "string" ? base : "";
  const candidates = [
    `${usual.slice(0, -1)}~`,
    `~${usual.slice(1)}`,
    "~",
    "~".repeat(Math.max(1, least)),
    `${usual}~`,
    "a",
    "1",
    "",
  ];
  return candidates.find((text) => text.length >= least && text.length <= most && !matches(pattern, text));
}

function matches(pattern: string, text: string): boolean {
  const compiled = linearPattern(pattern);
  return "test" in compiled && compiled.test(text);
}

function hasFormat(text: string, format: string): boolean {
  const known = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (typeof known !== "object" || known instanceof RegExp || !("type" in known) || known.type === "number")
    return true;
  return typeof known.validate !== "function" || (known.validate as (text: string) => boolean)(text);
}
