// Gathers the next batch of a destination: what is to be offered again first, then what is new.
import type { Passed, SpoolReader } from "../spool/spool-reader.ts";
import { reaches } from "../sink.ts";
import type { Destination } from "./destination.ts";
import type { Offered, Window } from "./window.ts";

export interface Gathering {
  readonly destination: Destination;
  /** How many of the positions from one to before another were removed to make room. */
  readonly droppedIn: (from: number, to: number) => number;
  /** Positions that are dead letters already, from an earlier life. */
  readonly setAside: Set<number>;
  /** Told of positions of which nothing can be read, and in which file. */
  readonly lost: (first: number, last: number, segment: string | undefined) => void;
}

/** Records that may be open at once, in batches: what is refused for now must not hold up what follows, nor fill the memory. */
const OPEN_BATCHES = 4;

/** As many as one batch takes; none where nothing is due and everything was read. Rejects where the disk does. */
export async function gatherBatch(
  window: Window,
  reader: SpoolReader,
  gathering: Gathering,
  nowMs: number,
): Promise<Offered[]> {
  const { recordsMax, bytesMax } = gathering.destination;
  const batch: Offered[] = [];
  let bytes = 0;
  for (const entry of window.due(nowMs, recordsMax)) {
    const { length } = entry.record.json;
    if (batch.length > 0 && bytes + length > bytesMax) return batch;
    batch.push(entry);
    bytes += length;
  }
  while (
    batch.length < recordsMax &&
    bytes < bytesMax &&
    window.open < recordsMax * OPEN_BATCHES &&
    !window.isCrowded
  ) {
    const passed = reader.next();
    if (passed === undefined) {
      if (!(await reader.load())) break;
      continue;
    }
    const entry = take(passed, window, gathering);
    if (entry === undefined) continue;
    const { length } = entry.record.json;
    // One that no longer fits is open, and due: it begins the next batch.
    if (batch.length > 0 && bytes + length > bytesMax) break;
    batch.push(entry);
    bytes += length;
  }
  return batch;
}

/** Undefined where it is nothing to offer. */
function take(passed: Passed, window: Window, gathering: Gathering): Offered | undefined {
  const { destination, setAside } = gathering;
  if (passed.kind === "gap") {
    passGap(passed, window, gathering);
    return undefined;
  }
  if (setAside.delete(passed.record.position)) {
    window.pass(1, "dead");
    return undefined;
  }
  const isMeant =
    reaches(passed.record.level, destination.level ?? "info") && (destination.takes?.(passed.record) ?? true);
  if (isMeant) {
    const { record } = passed;
    // What may wait long must not keep the memory around it, of all that was not meant.
    return window.offer(destination.yields === true ? { ...record, json: Buffer.from(record.json) } : record);
  }
  window.pass(1, "filtered");
  return undefined;
}

/** Of what is no longer there, dead letters have what was set aside. */
function passGap(
  { range: [first, last], segment }: Extract<Passed, { kind: "gap" }>,
  window: Window,
  { droppedIn, setAside, lost }: Gathering,
): void {
  const counts = { dead: 0, dropped: droppedIn(first, last + 1), lost: 0 };
  counts.lost = last - first + 1 - counts.dropped;
  for (const position of setAside) {
    if (position < first || position > last) continue;
    setAside.delete(position);
    counts.dead += 1;
    counts[droppedIn(position, position + 1) > 0 ? "dropped" : "lost"] -= 1;
  }
  for (const [settled, count] of Object.entries(counts)) window.pass(count, settled as keyof typeof counts);
  if (counts.lost > 0) lost(first, last, segment);
}
