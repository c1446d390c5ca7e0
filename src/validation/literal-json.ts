// Reads JSON text again where the engine's own parser may have mistaken one member name for another (CWE-436).

/**
 * V8's `JSON.parse` expects the names that an object of that shape had before, and compares them with the text before its
 * escapes are read: once there was a member `\u00`, it takes the name `"\u0072ole"`, which is `role`, for that one. What
 * it makes up so always holds a backslash: such a name is the sign to read again.
 */
export function readLiterally(text: string): unknown {
  return new LiteralReader(text).value();
}

/** For text that `JSON.parse` accepted, nested no deeper than a caller allows: nothing is checked again. */
class LiteralReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): unknown {
    const first = this.#next();
    if (first === "{") return this.#object();
    if (first === "[") return this.#array();
    return first === '"' ? this.#string() : this.#word();
  }

  #object(): unknown {
    const object = {};
    this.#at += 1;
    while (this.#next() !== "}") {
      const name = this.#string();
      this.#step();
      const value = this.value();
      // Like `JSON.parse`: `__proto__` is a member like any other.
      Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
      if (this.#next() === ",") this.#at += 1;
    }
    this.#at += 1;
    return object;
  }

  #array(): unknown {
    const items: unknown[] = [];
    this.#at += 1;
    while (this.#next() !== "]") {
      items.push(this.value());
      if (this.#next() === ",") this.#at += 1;
    }
    this.#at += 1;
    return items;
  }

  /** A string by itself is no name: there the engine expects nothing. */
  #string(): string {
    this.#next();
    const start = this.#at;
    let end = start + 1;
    while (this.#text[end] !== '"') end += this.#text[end] === "\\" ? 2 : 1;
    this.#at = end + 1;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #word(): unknown {
    const start = this.#at;
    while (this.#at < this.#text.length && !/[\s,\]}]/.test(this.#text[this.#at] as string)) this.#at += 1;
    return JSON.parse(this.#text.slice(start, this.#at)) as unknown;
  }

  /** Over the colon. */
  #step(): void {
    this.#next();
    this.#at += 1;
  }

  #next(): string | undefined {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at += 1;
    return this.#text[this.#at];
  }
}
