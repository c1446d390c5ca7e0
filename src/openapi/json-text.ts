// Reads places out of JSON text that `JSON.parse` accepted: offsets of members, and members written twice.

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;

/** Where a child stands: its key (or itself, in an array) and its value. */
export interface ChildOffsets {
  readonly key: number;
  readonly value: number;
}

/**
 * How many object members the text has. Where the parsed value has fewer, a name was written twice and
 * `JSON.parse` kept the last: other readers of the same document may keep the first (RFC 8259 4).
 */
export function countMembers(text: string): number {
  let count = 0;
  let open = text.indexOf('"');
  while (open >= 0) {
    let next = stringEnd(text, open);
    next = skipSpace(text, next);
    if (text.charCodeAt(next) === COLON) count += 1;
    open = text.indexOf('"', next);
  }
  return count;
}

/** The first of each pair of members with one name in one object: key, offset of the later one. */
export function duplicateMembers(text: string): { key: string; offset: number }[] {
  const found: { key: string; offset: number }[] = [];
  const visit = (start: number): void => {
    const children = readChildren(text, start, (key, offset) => found.push({ key, offset }));
    for (const child of children.values()) {
      const first = text.charAt(child.value);
      if (first === "{" || first === "[") visit(child.value);
    }
  };
  visit(skipSpace(text, 0));
  return found;
}

/** Members or items of the container that starts at `start`. Empty where no container starts there. */
export function childOffsets(text: string, start: number): Map<string, ChildOffsets> {
  return readChildren(text, start, undefined);
}

/** The offset of the first value in the text. */
export function rootOffset(text: string): number {
  return skipSpace(text, 0);
}

function readChildren(
  text: string,
  start: number,
  duplicate: ((key: string, offset: number) => void) | undefined,
): Map<string, ChildOffsets> {
  const children = new Map<string, ChildOffsets>();
  const open = text.charAt(start);
  if (open !== "{" && open !== "[") return children;
  const close = open === "{" ? "}" : "]";
  let at = skipSpace(text, start + 1);
  let index = 0;
  while (at < text.length && text.charAt(at) !== close) {
    const key = at;
    let name = String(index);
    if (open === "{") {
      const end = stringEnd(text, at);
      name = JSON.parse(text.slice(at, end)) as string;
      at = skipSpace(text, skipSpace(text, end) + 1);
    }
    if (duplicate !== undefined && children.has(name)) duplicate(name, key);
    children.set(name, { key, value: at });
    at = skipSpace(text, valueEnd(text, at));
    if (text.charAt(at) === ",") at = skipSpace(text, at + 1);
    index += 1;
  }
  return children;
}

/** The offset of the next character that is no white space. */
export function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at;
    at += 1;
  }
}

/** The offset after the string whose opening quote is at `open`. */
export function stringEnd(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (close >= 0) {
    let before = close - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((close - before) % 2 === 1) return close + 1;
    close = text.indexOf('"', close + 1);
  }
  return text.length;
}

/** The offset after the value that begins at `start`, with the white space behind a number or word. */
export function valueEnd(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = stringEnd(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (code === 123 || code === 91) depth += 1;
    else if (code === 125 || code === 93) {
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (code === 44 && depth === 0) return at;
    at += 1;
  }
  return at;
}
