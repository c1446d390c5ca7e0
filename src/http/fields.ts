// Header field lines exactly as they came, with look-up by name in any letter case.

/** A flat list: name, value, name, value, … as Node's `rawHeaders` and undici have it. */
export type FieldLines = readonly string[];

/**
 * Field lines in the order and spelling of the wire. Names are compared in lower case, values are never joined:
 * whoever needs exactly one asks `count` first, so that duplicates cannot hide behind the first or the last.
 */
export class Fields {
  readonly lines: FieldLines;
  readonly #names: string[];

  /** `lowerNames` may be given by whoever has them already: one for each line. */
  constructor(lines: FieldLines, lowerNames?: string[]) {
    this.lines = lines;
    if (lowerNames !== undefined) {
      this.#names = lowerNames;
      return;
    }
    const names: string[] = [];
    for (let i = 0; i < lines.length; i += 2) names.push((lines[i] as string).toLowerCase());
    this.#names = names;
  }

  /** How many lines there are. */
  get size(): number {
    return this.#names.length;
  }

  /** The lower-case name of line `index`. */
  name(index: number): string {
    return this.#names[index] as string;
  }

  /** The value of line `index`, as it came. */
  value(index: number): string {
    return this.lines[index * 2 + 1] as string;
  }

  /** The value of the first line of that lower-case name. */
  get(name: string): string | undefined {
    const index = this.#names.indexOf(name);
    return index < 0 ? undefined : this.lines[index * 2 + 1];
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  /** How many lines have that lower-case name. */
  count(name: string): number {
    let count = 0;
    for (const candidate of this.#names) if (candidate === name) count += 1;
    return count;
  }

  /** All values of that lower-case name, in order. */
  all(name: string): string[] {
    const values: string[] = [];
    for (let i = 0; i < this.#names.length; i += 1) {
      if (this.#names[i] === name) values.push(this.lines[i * 2 + 1] as string);
    }
    return values;
  }
}

/** Whether flat lines hold one of that lower-case name. */
export function linesHold(lines: FieldLines, lowerName: string): boolean {
  for (let i = 0; i < lines.length; i += 2) if ((lines[i] as string).toLowerCase() === lowerName) return true;
  return false;
}

export const NO_FIELDS: Fields = new Fields([]);
