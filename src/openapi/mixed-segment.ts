// Matches segments of text and parameters (`{name}.json`, `{owner}:{repo}`) only where there is a single way to read them.
import type { MixedSegment } from "./path-template.ts";

/** How a segment can be read: not at all, in one way, or in several, which are as good as none for telling values apart. */
export type Reading = "none" | "one" | "several";

/** A mixed segment, ready to be tried. */
export class MixedPattern {
  readonly literals: readonly string[];
  readonly parameterCount: number;
  /** How much of it is literal: more is tried first. */
  readonly weight: number;

  constructor(literals: readonly string[]) {
    this.literals = literals;
    this.parameterCount = literals.length - 1;
    this.weight = literals.reduce((sum, literal) => sum + literal.length, 0);
  }

  static of(segment: MixedSegment): MixedPattern {
    return new MixedPattern(segment.literals);
  }

  /** Whether the segment fits. Where there is one reading, `values` receives the parameters from `first` on. */
  read(segment: string, values: string[], first: number): Reading {
    const { literals, parameterCount } = this;
    const head = literals[0] as string;
    const tail = literals[parameterCount] as string;
    const end = segment.length - tail.length;
    if (end - head.length < parameterCount || !segment.startsWith(head) || !segment.endsWith(tail)) return "none";
    let start = head.length;
    for (let i = 1; i < parameterCount; i += 1) {
      const literal = literals[i] as string;
      const found = segment.indexOf(literal, start + 1);
      if (found < 0 || found + literal.length >= end) return "none";
      values[first + i - 1] = segment.slice(start, found);
      start = found + literal.length;
    }
    values[first + parameterCount - 1] = segment.slice(start, end);
    return parameterCount === 1 || this.#isLatestSame(segment, values, first, end) ? "one" : "several";
  }

  /** The first possible reading and the last are the same exactly where there is one. */
  #isLatestSame(segment: string, values: string[], first: number, end: number): boolean {
    let stop = end;
    for (let i = this.parameterCount - 1; i > 0; i -= 1) {
      const literal = this.literals[i] as string;
      const found = segment.lastIndexOf(literal, stop - 1 - literal.length);
      if (stop - (found + literal.length) !== (values[first + i] as string).length) return false;
      stop = found;
    }
    return true;
  }
}
