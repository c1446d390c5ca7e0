// Cuts members out of JSON text. What stays is the text that came: digits, order, escapes and spaces are never written anew.

/** What to cut from one object or array. */
export interface Cut {
  /** Members that go. */
  readonly names: ReadonlySet<string> | undefined;
  /** Members that stay, with something to cut inside. */
  readonly members: ReadonlyMap<string, Cut> | undefined;
  /** Items with something to cut inside. */
  readonly items: readonly (Cut | undefined)[] | undefined;
}

/** `text` must be one JSON value without duplicate members, and `cut` made from it. */
export function cutText(text: string, cut: Cut): string {
  const cutter = new Cutter(text);
  cutter.value(cutter.spaces(0), cut);
  return cutter.rest();
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

class Cutter {
  readonly #text: string;
  #out = "";
  /** Up to where the text was copied or cut. */
  #done = 0;

  constructor(text: string) {
    this.#text = text;
  }

  rest(): string {
    return this.#out + this.#text.slice(this.#done);
  }

  /** Walks over the value that begins at `i` and says where it ends. */
  value(i: number, cut: Cut | undefined): number {
    if (cut === undefined) return this.#skip(i);
    return cut.items === undefined ? this.#object(i + 1, cut) : this.#array(i + 1, cut.items);
  }

  #array(from: number, items: readonly (Cut | undefined)[]): number {
    let i = this.spaces(from);
    for (let index = 0; ; index += 1) {
      // An array with something to cut is not empty.
      i = this.spaces(this.value(i, items[index]));
      if (this.#text.charCodeAt(i) !== COMMA) return i + 1;
      i = this.spaces(i + 1);
    }
  }

  /**
   * A member goes with the comma before it, or, where no member that stays is before it, with all up to the next one.
   * So the text of what stays is left as it is, and with it the spaces at both ends of the object.
   */
  #object(from: number, cut: Cut): number {
    const text = this.#text;
    let i = this.spaces(from);
    /** Where the last member that stays ended. */
    let keptEnd = -1;
    /** Where what is to be cut begins. */
    let cutStart = -1;
    /** Where the member before this one ended. */
    let lastEnd = i;
    for (;;) {
      const start = i;
      const nameEnd = this.#skipString(i);
      const name = this.#name(i, nameEnd);
      i = this.spaces(this.spaces(nameEnd) + 1);
      let end: number;
      if (cut.names?.has(name) === true) {
        end = this.#skip(i);
        if (cutStart < 0) cutStart = keptEnd < 0 ? start : keptEnd;
      } else {
        if (cutStart >= 0) this.#cut(cutStart, keptEnd < 0 ? start : lastEnd);
        cutStart = -1;
        end = this.value(i, cut.members?.get(name));
        keptEnd = end;
      }
      lastEnd = end;
      i = this.spaces(end);
      if (text.charCodeAt(i) !== COMMA) {
        if (cutStart >= 0) this.#cut(cutStart, end);
        return i + 1;
      }
      i = this.spaces(i + 1);
    }
  }

  #cut(start: number, end: number): void {
    this.#out += this.#text.slice(this.#done, start);
    this.#done = end;
  }

  #name(start: number, end: number): string {
    const raw = this.#text.slice(start + 1, end - 1);
    return raw.includes("\\") ? (JSON.parse(`"${raw}"`) as string) : raw;
  }

  #skip(i: number): number {
    const text = this.#text;
    const first = text.charCodeAt(i);
    if (first === QUOTE) return this.#skipString(i);
    let at = i;
    if (first !== 0x7b && first !== 0x5b) {
      for (; at < text.length; at += 1) {
        const code = text.charCodeAt(at);
        if (code === COMMA || code === 0x7d || code === 0x5d || code <= 0x20) break;
      }
      return at;
    }
    let levels = 0;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) at = this.#skipString(at);
      else {
        at += 1;
        if (code === 0x7b || code === 0x5b) levels += 1;
        else if ((code === 0x7d || code === 0x5d) && (levels -= 1) === 0) return at;
      }
    }
  }

  /** From a string's first quote to behind its last. */
  #skipString(i: number): number {
    const text = this.#text;
    let end = i + 1;
    for (;;) {
      end = text.indexOf('"', end);
      let slashes = 0;
      while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1;
      end += 1;
      if (slashes % 2 === 0) return end;
    }
  }

  spaces(i: number): number {
    let at = i;
    while (this.#text.charCodeAt(at) <= 0x20) at += 1;
    return at;
  }
}
