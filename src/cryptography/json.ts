// Strict JSON (RFC 8259, RFC 7493): no duplicate members, bounded depth, objects without prototype. For tokens and key sets.

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** Without prototype: `constructor` is a member only where the text has one, `__proto__` never is. */
export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** The characters of a string up to its end or its first escape; control characters must be escaped (RFC 8259 7). */
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPED = /(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*/y;

/** UTF-8 bytes of one JSON object, or undefined where anything is not strict. A byte order mark is not skipped. */
export function readJsonObject(bytes: Uint8Array, depthMax: number): JsonObject | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  const value = new JsonReader(text, depthMax).read();
  return isJsonObject(value) ? value : undefined;
}

/** Whether it is an object, not null and not a list. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One pass over one text. `undefined` is the fault: JSON has no such value. */
class JsonReader {
  readonly #text: string;
  readonly #depthMax: number;
  #at = 0;

  constructor(text: string, depthMax: number) {
    this.#text = text;
    this.#depthMax = depthMax;
  }

  read(): JsonValue | undefined {
    const value = this.#value(0);
    this.#space();
    return this.#at === this.#text.length ? value : undefined;
  }

  #value(depth: number): JsonValue | undefined {
    this.#space();
    switch (this.#text.charCodeAt(this.#at)) {
      case 0x7b:
        return depth < this.#depthMax ? this.#object(depth + 1) : undefined;
      case 0x5b:
        return depth < this.#depthMax ? this.#list(depth + 1) : undefined;
      case 0x22:
        return this.#string();
      case 0x74:
        return this.#word("true") ? true : undefined;
      case 0x66:
        return this.#word("false") ? false : undefined;
      case 0x6e:
        return this.#word("null") ? null : undefined;
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonObject | undefined {
    const object = { __proto__: null } as unknown as Record<string, JsonValue>;
    let prototypeSeen = false;
    this.#at += 1;
    this.#space();
    if (this.#take(0x7d)) return object;
    for (;;) {
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== 0x22) return undefined;
      const name = this.#string();
      if (name === undefined) return undefined;
      this.#space();
      if (!this.#take(0x3a)) return undefined;
      const value = this.#value(depth);
      if (value === undefined) return undefined;
      if (name === "__proto__") {
        // Kept, it would become the prototype of whatever it is once assigned to (CWE-1321).
        if (prototypeSeen) return undefined;
        prototypeSeen = true;
      } else {
        if (name in object) return undefined;
        object[name] = value;
      }
      this.#space();
      if (this.#take(0x7d)) return object;
      if (!this.#take(0x2c)) return undefined;
    }
  }

  #list(depth: number): readonly JsonValue[] | undefined {
    const list: JsonValue[] = [];
    this.#at += 1;
    this.#space();
    if (this.#take(0x5d)) return list;
    for (;;) {
      const value = this.#value(depth);
      if (value === undefined) return undefined;
      list.push(value);
      this.#space();
      if (this.#take(0x5d)) return list;
      if (!this.#take(0x2c)) return undefined;
    }
  }

  #string(): string | undefined {
    const start = this.#at + 1;
    PLAIN.lastIndex = start;
    PLAIN.test(this.#text);
    let end = PLAIN.lastIndex;
    let value: string;
    if (this.#text.charCodeAt(end) === 0x22) {
      value = this.#text.slice(start, end);
    } else {
      ESCAPED.lastIndex = start;
      ESCAPED.test(this.#text);
      end = ESCAPED.lastIndex;
      if (this.#text.charCodeAt(end) !== 0x22) return undefined;
      value = JSON.parse(this.#text.slice(start - 1, end + 1)) as string;
    }
    this.#at = end + 1;
    // An escaped half of a surrogate pair cannot be written as UTF-8 again (RFC 7493 2.1).
    return value.isWellFormed() ? value : undefined;
  }

  #number(): number | undefined {
    NUMBER.lastIndex = this.#at;
    const found = NUMBER.exec(this.#text)?.[0];
    if (found === undefined) return undefined;
    this.#at += found.length;
    const value = Number(found);
    return Number.isFinite(value) ? value : undefined;
  }

  #word(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  #take(code: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== code) return false;
    this.#at += 1;
    return true;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }
}
