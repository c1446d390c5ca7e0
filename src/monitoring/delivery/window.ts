// The records that one destination was offered and that are not all settled yet, in their order; what is settled from the front moves the cursor.
import type { StoredRecord } from "../spool/record-line.ts";
import type { CursorState } from "../spool/state-file.ts";

/** What became of positions. */
export type Settled = "delivered" | "dead" | "filtered" | "dropped" | "lost";

export interface Offered {
  readonly record: StoredRecord;
  attempts: number;
  /** Monotonic time from which it may be offered again. */
  dueMs: number;
  firstMs: number;
  /** Why it was refused for good: it is never offered again, whether the disk takes the letter now or later. */
  refused: string | undefined;
  /** Where the window has it. */
  readonly slot: Slot;
}

/** Positions next to each other with one fate; undefined while it is open. */
interface Slot {
  count: number;
  settled: Settled | undefined;
}

/** Settled positions behind one that is open: so many are remembered. */
const SLOTS_MAX = 50_000;

export class Window {
  readonly #cursor: CursorState;
  /** From the first that is not settled; those before `#front` are done with. */
  #slots: Slot[] = [];
  #front = 0;
  readonly #open = new Set<Offered>();
  /** Removed to make room, those included that stand behind an open one still. */
  dropped: number;

  constructor(cursor: CursorState) {
    this.#cursor = { ...cursor };
    this.dropped = cursor.dropped;
  }

  get cursor(): Readonly<CursorState> {
    return this.#cursor;
  }

  /** Changes counts beside the order of positions. */
  change(change: (cursor: CursorState) => void): void {
    change(this.#cursor);
  }

  /** Records that are not settled. */
  get open(): number {
    return this.#open.size;
  }

  /** Whether so much is settled behind an open one that it must be settled too before more is taken. */
  get isCrowded(): boolean {
    return this.#slots.length - this.#front >= SLOTS_MAX;
  }

  /** The oldest that is open. */
  oldest(): StoredRecord | undefined {
    for (const { record } of this.#open) return record;
    return undefined;
  }

  /** Those that are open. */
  *records(): Generator<StoredRecord> {
    for (const { record } of this.#open) yield record;
  }

  offer(record: StoredRecord): Offered {
    const slot: Slot = { count: 1, settled: undefined };
    const entry: Offered = { record, attempts: 0, dueMs: 0, firstMs: 0, refused: undefined, slot };
    this.#slots.push(slot);
    this.#open.add(entry);
    return entry;
  }

  /** Positions that come next and are not offered. */
  pass(count: number, settled: Settled): void {
    const last = this.#slots.at(-1);
    // Between two that it is offered, a sink of alerts passes millions.
    if (last?.settled === settled) last.count += count;
    else if (count > 0) this.#slots.push({ count, settled });
    if (settled === "dropped") this.dropped += count;
    this.advance();
  }

  settle(entry: Offered, settled: Settled): void {
    entry.slot.settled = settled;
    this.#open.delete(entry);
  }

  /** Those that are open and may be offered again by now, oldest first. */
  due(nowMs: number, most: number): Offered[] {
    const due: Offered[] = [];
    for (const entry of this.#open) {
      if (due.length === most) break;
      if (entry.refused === undefined && entry.dueMs <= nowMs) due.push(entry);
    }
    return due;
  }

  /** Those that were refused for good, and whose letters are due. */
  refused(nowMs: number): Offered[] {
    return [...this.#open].filter(({ refused, dueMs }) => refused !== undefined && dueMs <= nowMs);
  }

  /** When there is something to do for the next of them. */
  nextDueMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.#open) next = Math.min(next, dueMs);
    return next;
  }

  /** Moves the cursor over what is settled from the front. */
  advance(): void {
    for (; this.#front < this.#slots.length; this.#front += 1) {
      const { settled, count } = this.#slots[this.#front] as Slot;
      if (settled === undefined) break;
      this.#cursor.next += count;
      this.#cursor[settled] += count;
    }
    if (this.#front < 1_024 && this.#front < this.#slots.length) return;
    this.#slots = this.#slots.slice(this.#front);
    this.#front = 0;
  }
}
