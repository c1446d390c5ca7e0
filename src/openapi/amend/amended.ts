// The text of a document with additions in it, proven: read again, it is the old value and the additions, and nothing else.
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { type Additions, withAdditions } from "./additions.ts";
import { type Insertion, insertionsFor } from "./insertions.ts";
import { NoPlace } from "./no-place.ts";
import { jsonAdditions } from "./rendering.ts";

export interface Amended {
  readonly text: string;
  readonly insertions: readonly Insertion[];
}

/** Undefined where the text cannot take them as it is: then an overlay can say the same. */
export function amended(name: string, text: string, value: unknown, additions: Additions): Amended | undefined {
  const isJson = isJsonText(name, text);
  const insertions = insertionsFor(text, isJson, additions);
  if (insertions instanceof NoPlace) return undefined;
  const result = inserted(text, insertions);
  const expected = withAdditions(value, isJson ? jsonAdditions(additions) : additions);
  return expected !== undefined && isDeepStrictEqual(read(result), plain(expected))
    ? { text: result, insertions }
    : undefined;
}

/** Why `amended` gave nothing, with the line where it is known. */
export function whyNotAmended(name: string, text: string, additions: Additions): string {
  const insertions = insertionsFor(text, isJsonText(name, text), additions);
  if (!(insertions instanceof NoPlace)) return "what it says with them would not be what it said and they";
  const { offset, message } = insertions;
  return offset === undefined ? message : `line ${text.slice(0, offset).split("\n").length}: ${message}`;
}

function isJsonText(name: string, text: string): boolean {
  return name.toLowerCase().endsWith(".json") || /^\s*[[{]/.test(text);
}

function inserted(text: string, insertions: readonly Insertion[]): string {
  let result = "";
  let from = 0;
  for (const { offset, text: added } of insertions) {
    result += text.slice(from, offset) + added;
    from = offset;
  }
  return result + text.slice(from);
}

function read(text: string): unknown {
  try {
    return plain(parse(text, { merge: true, logLevel: "silent", maxAliasCount: -1 }));
  } catch {
    return undefined;
  }
}

/** Without what equality would see and JSON does not: undefined members, prototypes. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
