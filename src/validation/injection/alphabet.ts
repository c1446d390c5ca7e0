// The characters that texts of a pattern can have, where that can be told: a schema that excludes what attacks need is the better defence.

const META = new Set(["\\", "[", "]", "(", ")", "{", "}", "|", "?", "*", "+", "^", "$", "."]);
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", f: "\f", v: "\v" };
const DIGITS = range("0", "9");
const WORD = `${DIGITS}${range("a", "z")}${range("A", "Z")}_`;
const SPACES = " \t\n\r\f\v";

/** All ASCII characters of texts that match, digits first; undefined where the pattern lets others through or is not understood. */
export function alphabetOf(pattern: string): string | undefined {
  // Without both anchors, anything may stand around what matches; an alternative could be without them.
  if (!pattern.startsWith("^") || !/(?:^|[^\\])(?:\\\\)*\$$/.test(pattern)) return undefined;
  const found = new Set<string>();
  let depth = 0;
  for (let i = 1; i < pattern.length - 1; i += 1) {
    const char = pattern[i] as string;
    if (char === "\\") {
      const escaped = escapedSet(pattern[i + 1]);
      if (escaped === undefined) return undefined;
      for (const one of escaped) found.add(one);
      i += 1;
    } else if (char === "[") {
      const end = addClass(pattern, i + 1, found);
      if (end === undefined) return undefined;
      i = end;
    } else if (char === "(") {
      if (pattern[i + 1] === "?" && pattern[i + 2] !== ":") return undefined;
      if (pattern[i + 1] === "?") i += 2;
      depth += 1;
    } else if (char === ")") {
      depth -= 1;
    } else if (char === "{") {
      i = pattern.indexOf("}", i);
      if (i < 0) return undefined;
    } else if (char === ".") {
      return undefined;
    } else if (char === "|") {
      if (depth === 0) return undefined;
    } else if (!META.has(char)) {
      found.add(char);
    }
  }
  return [...found].sort((one, other) => Number(/\d/.test(other)) - Number(/\d/.test(one))).join("");
}

/** Adds the members of a class; its end, or undefined where it is negated or not understood. */
function addClass(pattern: string, start: number, found: Set<string>): number | undefined {
  if (pattern[start] === "^") return undefined;
  for (let i = start; i < pattern.length; i += 1) {
    const char = pattern[i] as string;
    if (char === "]" && i > start) return i;
    if (char === "[") return undefined;
    let members: string | undefined = char;
    if (char === "\\") {
      members = escapedSet(pattern[i + 1]);
      i += 1;
    }
    if (members === undefined) return undefined;
    if (pattern[i + 1] === "-" && pattern[i + 2] !== undefined && pattern[i + 2] !== "]") {
      const last = pattern[i + 2] as string;
      if (members.length !== 1 || last === "\\" || last < members || last > "~" || members > "~") return undefined;
      members = range(members, last);
      i += 2;
    }
    for (const member of members) found.add(member);
  }
  return undefined;
}

function escapedSet(char: string | undefined): string | undefined {
  if (char === undefined) return undefined;
  if (char === "d") return DIGITS;
  if (char === "w") return WORD;
  if (char === "s") return SPACES;
  if (Object.hasOwn(ESCAPES, char)) return ESCAPES[char];
  // Other letters are classes of their own, properties, boundaries or codes.
  return /[a-z0-9]/i.test(char) ? undefined : char;
}

function range(first: string, last: string): string {
  let all = "";
  for (let code = first.charCodeAt(0); code <= last.charCodeAt(0); code += 1) all += String.fromCharCode(code);
  return all;
}
