// Reads JSON as every reader behind the gate reads it: what two parsers could see differently is refused (I01–I06).
import { isUtf8 } from "node:buffer";
import { readLiterally } from "./literal-json.ts";
import { JSON_ITEMS_MAX, JSON_LEVELS_MAX, JSON_MEMBERS_MAX } from "./limits.ts";

interface Malformed {
  readonly ok: false;
  readonly problem: string;
}

interface Read {
  readonly ok: true;
  readonly value: unknown;
  readonly values: number;
}

/** A value with the text that it was read from. */
export type JsonText = Read & { readonly text: string };

export interface JsonLimits {
  readonly levelsMax: number;
  readonly membersMax: number;
  readonly itemsMax: number;
  /** Lets integers beyond 2^53 and the names of prototypes pass: for answers of the API that is protected. */
  readonly trusted: boolean;
}

const REQUEST_JSON: JsonLimits = {
  levelsMax: JSON_LEVELS_MAX,
  membersMax: JSON_MEMBERS_MAX,
  itemsMax: JSON_ITEMS_MAX,
  trusted: false,
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SMALL_U = 0x75;
const ZERO = 0x30;
const NINE = 0x39;
const POINT = 0x2e;
const CAPITAL_E = 0x45;
const SMALL_E = 0x65;
/** Decimal digits that a double always keeps. */
const DIGITS_KEPT = 15;

/**
 * Bytes to value. One pass over the bytes bounds depth and size and finds lossy numbers before anything is built;
 * then `JSON.parse` does the work, and one pass over the value compares the number of members with the text's: fewer
 * means that a name occurred twice.
 */
export function readJson(bytes: Uint8Array, limits: JsonLimits = REQUEST_JSON): JsonText | Malformed {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return no("The body begins with a byte order mark.");
  if (!isUtf8(bytes)) return no("The body is not valid UTF-8.");
  let levels = 0;
  let members = 0;
  let commas = 0;
  let arrays = 0;
  let unicodeEscapes = false;
  let escapes = false;
  const end = bytes.length;
  let i = 0;
  while (i < end) {
    const byte = bytes[i++] as number;
    if (byte === QUOTE) {
      for (;;) {
        if (i >= end) return no("The body is not valid JSON.");
        const inner = bytes[i++] as number;
        if (inner === QUOTE) break;
        if (inner === BACKSLASH) {
          escapes = true;
          if (bytes[i] === SMALL_U) unicodeEscapes = true;
          i += 1;
        }
      }
    } else if (byte === 0x3a) {
      members += 1;
    } else if (byte === 0x2c) {
      commas += 1;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (byte === 0x5b) arrays += 1;
      levels += 1;
      if (levels > limits.levelsMax) return no(`The body nests deeper than ${limits.levelsMax} levels.`);
    } else if (byte === 0x7d || byte === 0x5d) {
      levels -= 1;
    } else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      const start = i - 1;
      let exponent = false;
      for (; i < end; i += 1) {
        const next = bytes[i] as number;
        if (next >= 0x30 && next <= 0x39) continue;
        if (next !== 0x2e && next !== 0x65 && next !== 0x45 && next !== 0x2b && next !== 0x2d) break;
        if (next !== 0x2e) exponent = true;
      }
      if (i - start === 2 && byte === 0x2d && bytes[start + 1] === ZERO && !limits.trusted) {
        // Floats have one (`-0.0` passes); an integer does not, and readers keep, drop or print its sign.
        return no("An integer is minus zero.");
      }
      if ((exponent || i - start > DIGITS_KEPT) && !limits.trusted) {
        const problem = judgeNumber(Buffer.from(bytes.buffer, bytes.byteOffset + start, i - start).toString("latin1"));
        if (problem !== undefined) return no(problem);
      }
    }
  }
  if (members > limits.membersMax) return no(`The body has more than ${limits.membersMax} members.`);
  // Each comma outside strings parts members or items.
  const items = commas + arrays;
  if (items - members > limits.itemsMax) return no(`The body has more than ${limits.itemsMax} items.`);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch {
    return no("The body is not valid JSON.");
  }
  const walk = { members: 0, unicodeEscapes, escapes, trusted: limits.trusted, misread: false };
  let problem = inspect(value, walk);
  if (walk.misread) {
    value = readLiterally(text);
    walk.members = 0;
    problem = inspect(value, walk);
  }
  if (problem !== undefined) return no(problem);
  if (walk.members !== members) return no("A member name occurs twice in one object.");
  return { ok: true, value, values: members + items, text };
}

interface Walk {
  members: number;
  readonly unicodeEscapes: boolean;
  readonly escapes: boolean;
  readonly trusted: boolean;
  /** Whether a name holds a backslash, which `JSON.parse` may have made up. */
  misread: boolean;
}

const SURROGATE = "A string holds half of a surrogate pair.";

function inspect(value: unknown, walk: Walk): string | undefined {
  if (typeof value === "string") {
    return walk.unicodeEscapes && !walk.trusted && !value.isWellFormed() ? SURROGATE : undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      if (typeof item === "object" || (walk.unicodeEscapes && typeof item === "string")) {
        const problem = inspect(item, walk);
        if (problem !== undefined) return problem;
      }
    }
    return undefined;
  }
  const object = value as Record<string, unknown>;
  for (const name in object) {
    walk.members += 1;
    if (walk.escapes && name.includes("\\")) walk.misread = true;
    const member = object[name];
    if (!walk.trusted) {
      if (name === "__proto__") return "A member is named __proto__.";
      if (
        name === "constructor" &&
        typeof member === "object" &&
        member !== null &&
        Object.hasOwn(member, "prototype")
      ) {
        return "A member is named constructor.prototype.";
      }
      if (walk.unicodeEscapes && !name.isWellFormed()) return SURROGATE;
    }
    if (typeof member === "object" || (walk.unicodeEscapes && typeof member === "string")) {
      const problem = inspect(member, walk);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

/** The original bytes go on: what the API reads must be what was judged. */
function judgeNumber(text: string): string | undefined {
  const value = Number(text);
  if (Number.isNaN(value)) return undefined; // JSON.parse refuses it.
  if (!Number.isFinite(value)) return "A number is too large.";
  const { significant, behind, isWhole } = digitsOf(text);
  if (value === 0) return significant === 0 ? undefined : "A number is too small.";
  // `1.9999999999999999` is no integer, although its double is 2.
  if (Number.isInteger(value) && behind > 0) return "A number has more digits than can be kept.";
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER || text.length <= DIGITS_KEPT) return undefined;
  if (isWhole) return "An integer lies beyond 2^53 - 1. Send it as a string.";
  return significant > DIGITS_KEPT ? "A number has more digits than can be kept." : undefined;
}

interface Digits {
  /** From the first that is not zero to the last. */
  readonly significant: number;
  /** How many of them are behind the point, its exponent applied; below 0 where zeros follow before it. */
  readonly behind: number;
  /** Written without point and exponent. */
  readonly isWhole: boolean;
}

/** Digit by digit: an expression that looks for the last zeros tries each of them anew, for hours where there are a million. */
function digitsOf(text: string): Digits {
  let seen = 0;
  let first = -1;
  let last = -1;
  /** How many digits stand before the point. */
  let point = -1;
  let i = 0;
  for (; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === POINT) point = seen;
    else if (code >= ZERO && code <= NINE) {
      if (code !== ZERO) {
        if (first < 0) first = seen;
        last = seen;
      }
      seen += 1;
    } else if (code === CAPITAL_E || code === SMALL_E) break;
  }
  const exponent = i < text.length ? Number(text.slice(i + 1)) : 0;
  const before = point < 0 ? seen : point;
  const significant = first < 0 ? 0 : last - first + 1;
  return { significant, behind: last + 1 - before - exponent, isWhole: point < 0 && i === text.length };
}

function no(problem: string): Malformed {
  return { ok: false, problem };
}
