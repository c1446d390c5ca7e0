// What was dropped, and whether the record itself says so: for each destination exactly what it lacked, again after a kill that came between.
import type { SystemEvent } from "../../core/record.ts";
import { linkOf } from "./chain.ts";
import type { SpoolFiles } from "./files.ts";
import { readRecord } from "./record-line.ts";
import { LINE_BREAK, readLines, type Segment } from "./segments.ts";
import { type CursorState, type Range, type SpoolState, withRange, without } from "./state-file.ts";
import { type Drop, droppedOldestEvent } from "./words.ts";

interface Told {
  /** Position of the event that says it. */
  readonly by: number;
  /** It is durable. */
  readonly kept: () => void;
}

type Lack = Omit<Drop, "previous">;

export class Drops {
  readonly #state: SpoolState;
  readonly #files: SpoolFiles;
  readonly #cursors: ReadonlyMap<string, CursorState>;
  /** Position of the next record. */
  readonly #next: () => number;
  /** Where each destination reads: it has what is before, in memory at least. */
  readonly #readers = new Map<string, { readonly position: number }>();
  #waiting: Drop[] = [];
  #told: Told[] = [];
  /** Of what the spool refused, what was said, durably or not. */
  #refusedSaid: number;

  constructor(state: SpoolState, files: SpoolFiles, cursors: ReadonlyMap<string, CursorState>, next: () => number) {
    this.#state = state;
    this.#files = files;
    this.#cursors = cursors;
    this.#next = next;
    this.#refusedSaid = state.refusedTold;
  }

  /** At a start: what was dropped earlier and is still to be passed over is lacked, and said where it perhaps was not. */
  begin(): void {
    const { announced, lacked, dropped } = this.#state;
    for (const sink of [...Object.keys(announced), ...Object.keys(lacked)]) {
      if (this.#cursors.has(sink)) continue;
      delete announced[sink];
      delete lacked[sink];
    }
    for (const [sink, { next }] of this.#cursors) {
      const ranges = dropped
        .filter(([, last]) => last >= next)
        .map(([first, last]): Range => [Math.max(first, next), last]);
      if (ranges.length > 0) lacked[sink] = ranges;
      for (const range of ranges) {
        const unsaid = without(range, announced[sink] ?? []);
        this.#waiting.push(...unsaid.map((part) => ({ sink, range: part, previous: undefined })));
      }
    }
  }

  readBy(sink: string, reader: { readonly position: number }): void {
    this.#readers.set(sink, reader);
  }

  /** What each destination lacks of a segment that nobody reads from now on: what was not handed to it yet. */
  lack({ first, last }: Segment): readonly Lack[] {
    const { lacked } = this.#state;
    const lacks: Lack[] = [];
    for (const [sink, { next }] of this.#cursors) {
      const from = Math.max(first, this.#readers.get(sink)?.position ?? next);
      if (from > last) continue;
      const range: Range = [from, last];
      lacked[sink] = withRange(lacked[sink] ?? [], range);
      lacks.push({ sink, range });
    }
    return lacks;
  }

  /** To be said, with what only the segment knows. */
  async add(segment: Segment, lacked: readonly Lack[]): Promise<void> {
    if (lacked.length === 0) return;
    const firsts = new Set(lacked.map(({ range }) => range[0]));
    const links = await previousOf(this.#files, segment, firsts).catch(() => undefined);
    this.#waiting.push(...lacked.map((lack) => ({ ...lack, previous: links?.get(lack.range[0]) })));
  }

  /** How many that were refused nobody has said yet. */
  get refusedUnsaid(): number {
    return this.#state.refused - this.#refusedSaid;
  }

  sayRefused(say: (event: SystemEvent) => void, event: SystemEvent): void {
    const { refused } = this.#state;
    const isTaken = this.#say(say, event, () => (this.#state.refusedTold = refused));
    if (isTaken) this.#refusedSaid = refused;
  }

  /** What cannot be recorded now is said the next time. */
  say(say: (event: SystemEvent) => void): void {
    for (const drop of this.#waiting.splice(0)) {
      const isTaken = this.#say(say, droppedOldestEvent(drop), () => this.#keep(drop));
      if (!isTaken) this.#waiting.push(drop);
    }
  }

  /** So many records are durable. True where the state has changed. */
  committed(count: number): boolean {
    const kept = this.#told.filter(({ by }) => by <= count);
    if (kept.length === 0) return false;
    this.#told = this.#told.filter(({ by }) => by > count);
    for (const told of kept) told.kept();
    return true;
  }

  /** What every destination has passed is no longer of interest. True where the state has changed. */
  forget(lowest: number): boolean {
    const state = this.#state;
    const kept = state.dropped.filter(([, last]) => last >= lowest);
    if (kept.length === state.dropped.length) return false;
    state.dropped = kept;
    for (const byName of [state.announced, state.lacked]) {
      for (const [sink, ranges] of Object.entries(byName)) {
        const next = this.#cursors.get(sink)?.next ?? 0;
        byName[sink] = ranges.filter(([, last]) => last >= next);
      }
    }
    return true;
  }

  #say(say: (event: SystemEvent) => void, event: SystemEvent, kept: () => void): boolean {
    const by = this.#next();
    const { refused } = this.#state;
    say(event);
    // It comes back to the spool, which may have no room for it either.
    if (this.#state.refused > refused) return false;
    this.#told.push({ by, kept });
    return true;
  }

  #keep({ sink, range }: Drop): void {
    const { announced } = this.#state;
    announced[sink] = withRange(announced[sink] ?? [], range);
  }
}

/** The hashes that records of these positions name; none of a record that cannot be read. */
async function previousOf(
  files: SpoolFiles,
  { name }: Segment,
  positions: ReadonlySet<number>,
): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  const highest = Math.max(...positions);
  const file = await files.open(name, "read");
  try {
    for (let at = 0; ;) {
      const lines = await readLines(file, at, file.size);
      if (lines.length === 0) return found;
      at += lines.length;
      for (let begin = 0; begin < lines.length;) {
        const end = lines.indexOf(LINE_BREAK, begin);
        const record = readRecord(lines, begin, end);
        begin = end + 1;
        if (record === undefined || !positions.has(record.position)) continue;
        const link = linkOf(record.json.toString("latin1"));
        if (link !== undefined) found.set(record.position, link.previous);
        if (record.position >= highest) return found;
      }
    }
  } finally {
    await file.close();
  }
}
