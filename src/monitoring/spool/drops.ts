// What was dropped or never offered, and whether the record itself says so: for each destination exactly what it lacked, again after a kill that came between.
import type { SystemEvent } from "../../core/record.ts";
import { linkOf } from "./chain.ts";
import type { SpoolFiles } from "./files.ts";
import type { Remembered } from "./spool-port.ts";
import { readRecord } from "./record-line.ts";
import { LINE_BREAK, readLines, type Segment } from "./segments.ts";
import { type Beginning, type CursorState, type LackedRange, type SpoolState } from "./state-file.ts";
import { type Drop, droppedOldestEvent, sinkBeganEvent } from "./words.ts";
import { inOrder, type Range, without } from "./ranges.ts";

interface Told {
  /** Position of the event that says it. */
  readonly by: number;
  /** It is durable. */
  readonly kept: (by: number) => void;
}

/** What a destination lacks from now on. */
interface Lack {
  readonly sink: string;
  readonly range: Range;
}

export class Drops {
  readonly #state: SpoolState;
  readonly #files: SpoolFiles;
  readonly #cursors: ReadonlyMap<string, CursorState>;
  /** Position of the next record. */
  readonly #next: () => number;
  readonly #held: Remembered["held"];
  /** Where each destination reads: it has what is before, in memory at least. */
  readonly #readers = new Map<string, { readonly position: number }>();
  #waiting: Drop[] = [];
  #beginning: { readonly sink: string; readonly said: Beginning }[] = [];
  #told: Told[] = [];
  /** Of what the spool refused, what was said, durably or not. */
  #refusedSaid: number;

  constructor({ state, cursors, held }: Remembered, files: SpoolFiles, next: () => number) {
    this.#state = state;
    this.#files = files;
    this.#cursors = cursors;
    this.#held = held;
    this.#next = next;
    this.#refusedSaid = state.refusedTold;
  }

  /** At a start: what was in the hands of a killed process is lacked too, and what nobody said for certain is said. */
  begin(): void {
    const { lacked, dropped, begun } = this.#state;
    for (const lists of [lacked, begun]) {
      for (const sink of Object.keys(lists)) if (!this.#cursors.has(sink)) delete lists[sink];
    }
    for (const [sink, all] of Object.entries(begun)) {
      for (const said of all) if (said.by === 0) this.#beginning.push({ sink, said });
    }
    for (const [sink, gaps] of Object.entries(lacked)) {
      for (const gap of gaps) if (gap.by === 0) this.#waiting.push({ sink, range: [gap.first, gap.last], gap });
    }
    for (const [sink, { next }] of this.#cursors) {
      const known = (lacked[sink] ?? []).map(({ first, last }): Range => [first, last]);
      const held = this.#held.get(sink) ?? [];
      for (const [first, last] of dropped) {
        if (last < next) continue;
        // The hash before such a gap only the file would know, and whoever can write that would be believed.
        for (const range of without([Math.max(first, next), last], inOrder([...known, ...held]))) {
          this.#lack({ sink, range });
        }
      }
    }
  }

  readBy(sink: string, reader: { readonly position: number }): void {
    this.#readers.set(sink, reader);
  }

  /**
   * A segment that nobody reads from now on. What each destination lacks of it, that was not handed to it yet, counts at
   * once; to be said it needs what only the segment knows.
   */
  remove(segment: Segment): () => Promise<void> {
    const { first, last } = segment;
    const unnamed: (readonly [sink: string, from: number])[] = [];
    for (const [sink, { next }] of this.#cursors) {
      const begin = Math.max(first, this.#readers.get(sink)?.position ?? next);
      if (begin > last) continue;
      // What it took, and a killed process did not note, it does not lack.
      for (const range of without([begin, last], this.#held.get(sink) ?? [])) {
        const [from] = range;
        const gap = this.#lack({ sink, range });
        if (gap.first === from) unnamed.push([sink, from]);
      }
    }
    return async () => {
      if (unnamed.length === 0) return;
      const positions = new Set(unnamed.map(([, from]) => from));
      const links = await previousOf(this.#files, segment, positions).catch(() => undefined);
      for (const [sink, from] of unnamed) {
        const gap = this.#gapAt(sink, from);
        if (gap !== undefined) this.#change(sink, gap, { ...gap, previous: links?.get(from) });
      }
    };
  }

  /** Joined with what it lacked just before. What said so earlier and is lacked now itself must be said again. */
  #lack({ sink, range }: Lack): LackedRange {
    const [first, last] = range;
    const before = this.#state.lacked[sink] ?? [];
    const joined = before.find((gap) => gap.last + 1 === first);
    const behind = before.find((gap) => gap.first === last + 1);
    const gap: LackedRange = {
      first: joined?.first ?? first,
      last: behind?.last ?? last,
      previous: joined?.previous,
      by: 0,
    };
    const others = before
      .filter((one) => one !== joined && one !== behind)
      .map((one) => (one.by >= first && one.by <= last ? { ...one, by: 0 } : one));
    this.#state.lacked[sink] = [...others, gap].sort((a, b) => a.first - b.first);
    this.#waiting.push({ sink, range, gap });
    for (const said of this.#state.begun[sink] ?? []) {
      if (said.by >= first && said.by <= last) this.#beginning.push({ sink, said: this.#note(sink, said, 0) });
    }
    for (const one of others) if (!before.includes(one)) this.#waiting.push({ sink, range: undefined, gap: one });
    return gap;
  }

  #gapAt(sink: string, first: number): LackedRange | undefined {
    return this.#state.lacked[sink]?.find((gap) => gap.first === first);
  }

  #change(sink: string, gap: LackedRange, to: LackedRange): void {
    this.#state.lacked[sink] = (this.#state.lacked[sink] ?? []).map((one) => (one === gap ? to : one));
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
    for (const one of this.#beginning.splice(0)) {
      const { sink, said } = one;
      const isTaken = this.#say(say, sinkBeganEvent(said), (by) => void this.#note(sink, said, by));
      if (!isTaken) this.#beginning.push(one);
    }
    for (const drop of this.#waiting.splice(0)) {
      // As it is by now: it may have grown, and another event says that.
      const gap = this.#gapAt(drop.sink, drop.gap.first) ?? drop.gap;
      const isTaken = this.#say(say, droppedOldestEvent({ ...drop, gap }), (by) => this.#keep(drop.sink, gap, by));
      if (!isTaken) this.#waiting.push(drop);
    }
  }

  /** So many records are durable. True where the state has changed. */
  committed(count: number): boolean {
    const told = this.#told.filter(({ by }) => by <= count);
    if (told.length === 0) return false;
    this.#told = this.#told.filter(({ by }) => by > count);
    for (const { kept, by } of told) kept(by);
    return true;
  }

  /** What every destination has passed is no longer of interest. True where the state has changed. */
  forget(lowest: number): boolean {
    const state = this.#state;
    const kept = state.dropped.filter(([, last]) => last >= lowest);
    let hasChanged = kept.length < state.dropped.length;
    state.dropped = kept;
    for (const [sink, gaps] of Object.entries(state.lacked)) {
      const next = this.#cursors.get(sink)?.next ?? 0;
      const left = gaps.filter(({ last, by }) => last >= next || by === 0 || by >= next);
      if (left.length === gaps.length) continue;
      state.lacked[sink] = left;
      hasChanged = true;
    }
    for (const [sink, all] of Object.entries(state.begun)) {
      const next = this.#cursors.get(sink)?.next ?? 0;
      const left = all.filter(({ by }) => by === 0 || by >= next);
      if (left.length === all.length) continue;
      state.begun[sink] = left;
      hasChanged = true;
    }
    return hasChanged;
  }

  #say(say: (event: SystemEvent) => void, event: SystemEvent, kept: (by: number) => void): boolean {
    const by = this.#next();
    const { refused } = this.#state;
    say(event);
    // It comes back to the spool, which may have no room for it either.
    if (this.#state.refused > refused) return false;
    this.#told.push({ by, kept });
    return true;
  }

  /** Where the event stands that says it: once the destination is past that, it is of no interest any more. */
  #note(sink: string, said: Beginning, by: number): Beginning {
    const noted = { ...said, by };
    this.#state.begun[sink] = (this.#state.begun[sink] ?? []).map((one) => (one === said ? noted : one));
    return noted;
  }

  #keep(sink: string, said: LackedRange, by: number): void {
    const gap = this.#gapAt(sink, said.first);
    // What it lacks more by now is said by another event.
    if (gap?.last === said.last) this.#change(sink, gap, { ...gap, by });
  }
}

/** The hashes that records of these positions name; none of a record that cannot be read. */
export async function previousOf(
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
