// Translates an ECMA-262 pattern into RE2 syntax with the same meaning, and finds what RE2 cannot express.

export interface PatternTranslation {
  readonly re2: string;
  /** What no linear engine can do, and where in the pattern it stands. */
  readonly unsupported: { readonly what: string; readonly index: number } | undefined;
  /** Whether a backtracking engine, too, needs only linear time: a plain sequence with at most one open quantifier. */
  readonly plain: boolean;
}

// ECMA-262 white space and line terminators (22.2.2.9); RE2's \s is ASCII without \v.
const SPACE = "\\t-\\r \\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}";
const NOT_SPACE =
  "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}" +
  "\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}";
const DOT = "[^\\n\\r\\x{2028}\\x{2029}]";
/** What bounded quantifiers may multiply to beside an open one, and without one. */
const STEPS_BESIDE_OPEN = 16;
const STEPS_BOUNDED = 4_096;

/** Reads the pattern once. It must already be one that ECMA-262 accepts. */
export function translatePattern(pattern: string): PatternTranslation {
  let out = "";
  let inClass = false;
  let unsupported: PatternTranslation["unsupported"];
  let plain = true;
  let open = 0;
  let steps = 1;
  let variable = false;
  // After a quantifier, `?` only makes that one lazy.
  let afterQuantifier = false;
  const refuse = (what: string, index: number): void => {
    unsupported ??= { what, index };
  };
  let i = 0;
  while (i < pattern.length) {
    const character = pattern[i] as string;
    const lazy = afterQuantifier;
    afterQuantifier = false;
    if (character === "\\") {
      const escape = readEscape(pattern, i, inClass);
      if (escape.unsupported !== undefined) refuse(escape.unsupported, i);
      out += escape.re2;
      i += escape.length;
      continue;
    }
    if (inClass) {
      if (character === "]") inClass = false;
      out += character === "[" ? "\\[" : character;
      i += 1;
      continue;
    }
    if (character === "[") {
      if (pattern.startsWith("[]", i)) {
        out += "[^\\x{0}-\\x{10ffff}]";
        i += 2;
      } else if (pattern.startsWith("[^]", i)) {
        out += "[\\x{0}-\\x{10ffff}]";
        i += 3;
      } else {
        inClass = true;
        out += pattern.startsWith("[^", i) ? "[^" : "[";
        i += pattern.startsWith("[^", i) ? 2 : 1;
      }
      continue;
    }
    if (character === "(") {
      plain = false;
      const group = /^\(\?(?:<?[=!]|<[^>]+>|[^:]?)/.exec(pattern.slice(i, i + 64))?.[0];
      if (group !== undefined && /^\(\?<?[=!]/.test(group))
        refuse(group.includes("<") ? "look-behind" : "look-ahead", i);
      if (group?.startsWith("(?<") === true) {
        out += "(";
        i += group.length;
      } else {
        out += "(";
        i += 1;
      }
      continue;
    }
    if (character === "|") plain = false;
    if (character === ".") {
      out += DOT;
      i += 1;
      continue;
    }
    if (character === "*" || character === "+") {
      open += 1;
      variable = true;
      afterQuantifier = true;
    } else if (character === "?") {
      if (!lazy) {
        steps *= 2;
        variable = true;
        afterQuantifier = true;
      }
    } else if (character === "{") {
      const counts = /^\{(\d+)(,?)(\d*)\}/.exec(pattern.slice(i, i + 32));
      if (counts !== null) {
        const least = Number(counts[1]);
        const most = counts[2] === "" ? least : counts[3] === "" ? Number.POSITIVE_INFINITY : Number(counts[3]);
        if (most === Number.POSITIVE_INFINITY) open += 1;
        else steps *= most - least + 1;
        if (most !== least) variable = true;
        afterQuantifier = true;
        out += counts[0];
        i += counts[0].length;
        continue;
      }
    }
    out += character;
    i += 1;
  }
  const anchored = pattern.startsWith("^");
  const cheap = open > 1 ? false : steps <= (open === 1 ? STEPS_BESIDE_OPEN : STEPS_BOUNDED);
  const linear = cheap && (anchored || (!variable && pattern.length <= 64));
  return { re2: out === "" ? "(?:)" : out, unsupported, plain: plain && linear };
}

interface Escape {
  readonly re2: string;
  readonly length: number;
  readonly unsupported?: string;
}

function readEscape(pattern: string, at: number, inClass: boolean): Escape {
  const next = pattern[at + 1] ?? "";
  const rest = pattern.slice(at);
  switch (next) {
    case "s":
      return { re2: inClass ? SPACE : `[${SPACE}]`, length: 2 };
    case "S":
      return { re2: inClass ? NOT_SPACE : `[${NOT_SPACE}]`, length: 2 };
    case "b":
      return { re2: inClass ? "\\x{8}" : "\\b", length: 2 };
    case "d":
    case "D":
    case "w":
    case "W":
    case "B":
    case "n":
    case "r":
    case "t":
    case "f":
    case "v":
      return { re2: `\\${next}`, length: 2 };
    case "0":
      return { re2: "\\x{0}", length: 2 };
    case "k":
      return { re2: "", length: 2, unsupported: "a back-reference" };
    case "c":
      return { re2: `\\x{${((pattern.codePointAt(at + 2) ?? 0) % 32).toString(16)}}`, length: 3 };
    case "x":
    case "u":
      return readCodePoint(rest) ?? { re2: next, length: 2 };
    case "p":
    case "P": {
      const property = /^\\[pP]\{(?:(?:gc|General_Category|sc|Script)=)?([A-Za-z_]+)\}/.exec(rest);
      if (property === null) return { re2: rest.slice(0, 2), length: 2, unsupported: "this Unicode property" };
      return { re2: `\\${next}{${property[1] as string}}`, length: property[0].length };
    }
    default:
      break;
  }
  if (/[1-9]/.test(next)) return { re2: "", length: 2, unsupported: "a back-reference" };
  const character = String.fromCodePoint(pattern.codePointAt(at + 1) ?? 92);
  // An identity escape: ECMA-262 without `u` lets any letter be escaped, RE2 has meanings of its own for some.
  const re2 = /[A-Za-z_]/.test(character) ? character : `\\x{${(character.codePointAt(0) as number).toString(16)}}`;
  return { re2, length: 1 + character.length };
}

function readCodePoint(rest: string): Escape | undefined {
  const pair = /^\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})/i.exec(rest);
  if (pair !== null) {
    const high = Number.parseInt(pair[1] as string, 16);
    const low = Number.parseInt(pair[2] as string, 16);
    return { re2: `\\x{${((high - 0xd800) * 0x400 + (low - 0xdc00) + 0x10000).toString(16)}}`, length: pair[0].length };
  }
  const one = /^\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]+)\})/i.exec(rest);
  if (one === null) return undefined;
  return { re2: `\\x{${(one[1] ?? one[2] ?? one[3]) as string}}`, length: one[0].length };
}
