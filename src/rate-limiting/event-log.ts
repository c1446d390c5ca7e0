// What was counted under each key, in cells: every time exactly while there is room, in quarters of the window where there is none.
import type { Cells } from "./cells.ts";

/** A key's own cell: its hash, how many are counted, the cells with its older events, and its five youngest. */
const LOW = 0;
const HIGH = 1;
const TOTAL = 2;
const FIRST = 3;
const LAST = 4;
/** Budget in 16 bits; then, in 4 each: events gone from the first cell, events in the last cell, own events. */
const META = 5;
const OWN = 6;
const OWN_MAX = 5;
/** Another cell: which comes next, and seven events. An event is a time and how many were counted then. */
const MORE = 1;
const MORE_MAX = 7;

/** Into how many parts a window falls where exact times have no room. With the part under way, that is what a cell holds. */
export const COARSE_PARTS = OWN_MAX - 1;

/** Times are whole milliseconds since a start of the table's, rounded up: what is counted leaves late rather than early. */
export class EventLogs {
  readonly #cells: Cells;
  /** Cells that only keys may take, not their older events. */
  readonly #reserve: number;
  readonly #scratch = new Float64Array(2 * OWN_MAX);

  constructor(cells: Cells, reserve: number) {
    this.#cells = cells;
    this.#reserve = reserve;
  }

  make(cell: number, low: number, high: number, budget: number): void {
    const words = this.#cells.words(cell);
    const at = this.#cells.at(cell);
    words[at + LOW] = low;
    words[at + HIGH] = high;
    words.fill(0, at + TOTAL, at + META);
    words[at + META] = budget << 16;
  }

  is(cell: number, low: number, high: number): boolean {
    const words = this.#cells.words(cell);
    const at = this.#cells.at(cell);
    return words[at + LOW] === low && words[at + HIGH] === high;
  }

  low(cell: number): number {
    return this.#word(cell, LOW);
  }

  budget(cell: number): number {
    return this.#word(cell, META) >>> 16;
  }

  setBudget(cell: number, budget: number): void {
    const words = this.#cells.words(cell);
    const meta = this.#cells.at(cell) + META;
    words[meta] = (budget << 16) | ((words[meta] as number) & 0xffff);
  }

  total(cell: number): number {
    return this.#word(cell, TOTAL);
  }

  /** Forgets what happened at `until` or before. */
  drop(cell: number, until: number): void {
    const cells = this.#cells;
    const words = cells.words(cell);
    const at = cells.at(cell);
    let total = words[at + TOTAL] as number;
    if (total === 0) return;
    let meta = words[at + META] as number;
    for (let more = words[at + FIRST] as number; more !== 0;) {
      const theirs = cells.words(more);
      const from = cells.at(more);
      const isLast = more === words[at + LAST];
      const end = isLast ? (meta >> 4) & 15 : MORE_MAX;
      let i = (meta >> 8) & 15;
      for (; i < end && (theirs[from + MORE + 2 * i] as number) <= until; i += 1) {
        total -= theirs[from + MORE + 2 * i + 1] as number;
      }
      meta = (meta & ~0xf00) | (i < end ? i << 8 : 0);
      if (i < end) break;
      if (isLast) meta &= ~0xf0;
      words[at + FIRST] = isLast ? 0 : (theirs[from] as number);
      if (isLast) words[at + LAST] = 0;
      cells.give(more);
      more = words[at + FIRST] as number;
    }
    if (words[at + FIRST] === 0) {
      const own = meta & 15;
      let i = 0;
      for (; i < own && (words[at + OWN + 2 * i] as number) <= until; i += 1)
        total -= words[at + OWN + 2 * i + 1] as number;
      if (i > 0) words.copyWithin(at + OWN, at + OWN + 2 * i, at + OWN + 2 * own);
      meta -= i;
    }
    words[at + META] = meta;
    words[at + TOTAL] = total;
  }

  /** Counts `count` more at `time`, or with the last event where that is later. Without room, in parts of `windowMs`. */
  add(cell: number, time: number, count: number, windowMs: number): void {
    const words = this.#cells.words(cell);
    const at = this.#cells.at(cell);
    let own = (words[at + META] as number) & 15;
    let when = time;
    if (own > 0) {
      const last = at + OWN + 2 * (own - 1);
      when = Math.max(time, words[last] as number);
      if (words[last] === when) {
        words[last + 1] = (words[last + 1] as number) + count;
        words[at + TOTAL] = (words[at + TOTAL] as number) + count;
        return;
      }
    }
    if (own === OWN_MAX) {
      if (!this.#moveOwn(words, at)) {
        this.coarsen(cell, windowMs);
        this.add(cell, endOfPart(time, windowMs), count, windowMs);
        return;
      }
      own = 0;
    }
    words[at + OWN + 2 * own] = when;
    words[at + OWN + 2 * own + 1] = count;
    words[at + META] = (words[at + META] as number) + 1;
    words[at + TOTAL] = (words[at + TOTAL] as number) + count;
  }

  /** When the oldest of them happened. There is one. */
  oldest(cell: number): number {
    const cells = this.#cells;
    const first = this.#word(cell, FIRST);
    if (first === 0) return this.#word(cell, OWN);
    const gone = (this.#word(cell, META) >> 8) & 15;
    return cells.words(first)[cells.at(first) + MORE + 2 * gone] as number;
  }

  /** When the one happened that is the `count`th from the oldest on, or the last: 0 where there is none. */
  timeOf(cell: number, count: number): number {
    let left = count;
    let found = 0;
    this.#each(cell, (time, counted) => {
      if (left > 0) found = time;
      left -= counted;
    });
    return found;
  }

  /** When the last one happened. */
  lastTime(cell: number): number {
    return this.timeOf(cell, Number.POSITIVE_INFINITY);
  }

  /** Makes one cell of it: events of one part of the window count from the part's end. */
  coarsen(cell: number, windowMs: number): void {
    const merged = this.#scratch;
    let used = 0;
    this.#each(cell, (time, count) => {
      const end = endOfPart(time, windowMs);
      if (used > 0 && (used === OWN_MAX || (merged[2 * used - 2] as number) >= end)) {
        merged[2 * used - 2] = Math.max(end, merged[2 * used - 2] as number);
        merged[2 * used - 1] = (merged[2 * used - 1] as number) + count;
        return;
      }
      merged[2 * used] = end;
      merged[2 * used + 1] = count;
      used += 1;
    });
    this.free(cell);
    const words = this.#cells.words(cell);
    const at = this.#cells.at(cell);
    for (let i = 0; i < 2 * used; i += 1) words[at + OWN + i] = merged[i] as number;
    words[at + META] = (words[at + META] as number) + used;
  }

  /** Whether it has more than its own cell. */
  isLong(cell: number): boolean {
    return this.#word(cell, FIRST) !== 0;
  }

  /** Gives back the cells of its older events and forgets its own; the cell itself stays, with its total. */
  free(cell: number): void {
    const cells = this.#cells;
    const words = cells.words(cell);
    const at = cells.at(cell);
    for (let more = words[at + FIRST] as number; more !== 0;) {
      const next = more === words[at + LAST] ? 0 : (cells.words(more)[cells.at(more)] as number);
      cells.give(more);
      more = next;
    }
    words[at + FIRST] = words[at + LAST] = 0;
    words[at + META] = (words[at + META] as number) & ~0xfff;
  }

  /** The same events, `by` earlier: the table's times begin anew. */
  shift(cell: number, by: number): void {
    this.#each(cell, (time, _count, words, at) => void (words[at] = time - by));
  }

  /** Own events become older ones. False where no cell can be had for them. */
  #moveOwn(words: Uint32Array, at: number): boolean {
    const cells = this.#cells;
    let meta = words[at + META] as number;
    let last = words[at + LAST] as number;
    let inLast = (meta >> 4) & 15;
    let next = 0;
    if (last === 0 || inLast + OWN_MAX > MORE_MAX) {
      next = cells.left > this.#reserve ? cells.take() : 0;
      if (next === 0) return false;
    }
    if (last === 0) {
      words[at + FIRST] = words[at + LAST] = last = next;
      inLast = 0;
    }
    for (let i = 0; i < OWN_MAX; i += 1) {
      if (inLast === MORE_MAX) {
        cells.words(last)[cells.at(last)] = next;
        words[at + LAST] = last = next;
        inLast = 0;
      }
      const to = cells.at(last) + MORE + 2 * inLast;
      cells.words(last)[to] = words[at + OWN + 2 * i] as number;
      cells.words(last)[to + 1] = words[at + OWN + 2 * i + 1] as number;
      inLast += 1;
    }
    meta = (meta & ~0xff) | (inLast << 4);
    words[at + META] = meta;
    return true;
  }

  /** All events from the oldest on. */
  #each(cell: number, see: (time: number, count: number, words: Uint32Array, at: number) => void): void {
    const cells = this.#cells;
    const words = cells.words(cell);
    const at = cells.at(cell);
    const meta = words[at + META] as number;
    let i = (meta >> 8) & 15;
    for (let more = words[at + FIRST] as number; more !== 0;) {
      const theirs = cells.words(more);
      const from = cells.at(more);
      const isLast = more === words[at + LAST];
      const end = isLast ? (meta >> 4) & 15 : MORE_MAX;
      for (; i < end; i += 1) {
        const to = from + MORE + 2 * i;
        see(theirs[to] as number, theirs[to + 1] as number, theirs, to);
      }
      i = 0;
      more = isLast ? 0 : (theirs[from] as number);
    }
    for (let own = 0; own < (meta & 15); own += 1) {
      const to = at + OWN + 2 * own;
      see(words[to] as number, words[to + 1] as number, words, to);
    }
  }

  #word(cell: number, word: number): number {
    return this.#cells.words(cell)[this.#cells.at(cell) + word] as number;
  }
}

function endOfPart(time: number, windowMs: number): number {
  const part = Math.ceil(windowMs / COARSE_PARTS);
  return Math.ceil(time / part) * part;
}
