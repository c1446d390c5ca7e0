// Says of a spool's folder, whether a gate runs on it or not, what became of every event that was taken: the numbers must add up.
import { deadFile, readDeadLetters } from "./dead-letters.ts";
import type { SpoolFile, SpoolFiles } from "./files.ts";
import { readRecord } from "./record-line.ts";
import { LINE_BREAK, readLines, segmentFirst } from "./segments.ts";
import {
  countIn,
  cursorFile,
  cursorOwner,
  type CursorState,
  newState,
  parseCursor,
  parseState,
  type Range,
  type SpoolState,
  STATE_FILE,
} from "./state-file.ts";

export interface DestinationStats {
  readonly name: string;
  /** Everything that happened since the destination is there. */
  readonly accepted: number;
  readonly delivered: number;
  /** Found in the segments, not reckoned. */
  readonly spooled: number;
  /** Found in the file of dead letters. */
  readonly dead: number;
  /** Below the level that it takes. */
  readonly filtered: number;
  /** There was no room for them, and they were counted. */
  readonly dropped: number;
  /** Could not be read when they were to be sent, and were counted. */
  readonly lost: number;
  /** `accepted` less all of these: 0, or the books are wrong. */
  readonly unaccounted: number;
}

export interface SpoolStats {
  readonly bytes: number;
  readonly records: number;
  /** Position of the last record. */
  readonly last: number;
  /** Time of the oldest record. */
  readonly oldestMs: number | undefined;
  readonly destinations: readonly DestinationStats[];
  /** Whether every event is accounted for, for each destination. */
  readonly isWhole: boolean;
}

interface Found {
  readonly present: Range[];
  readonly bytes: number;
  readonly oldestMs: number | undefined;
}

const TRIES = 50;

/** Undefined where the folder changes too quickly to be counted, as a gate works on it. */
export async function spoolStats(files: SpoolFiles): Promise<SpoolStats | undefined> {
  for (let i = 0; i < TRIES; i += 1) {
    const before = await booksOf(files);
    const found = await findRecords(files);
    const dead = await deadOf(files, before);
    const after = await booksOf(files);
    if (found !== undefined && JSON.stringify([...before]) === JSON.stringify([...after])) {
      return judge(before, found, dead, (await readState(files)) ?? newState());
    }
  }
  return undefined;
}

async function booksOf(files: SpoolFiles): Promise<Map<string, CursorState | undefined>> {
  const books = new Map<string, CursorState | undefined>();
  for (const name of (await files.list()).sort()) {
    const owner = cursorOwner(name);
    if (owner !== undefined) books.set(owner, parseCursor((await files.readAll(cursorFile(owner)))?.toString() ?? ""));
  }
  return books;
}

async function readState(files: SpoolFiles) {
  const bytes = await files.readAll(STATE_FILE);
  return bytes === undefined ? undefined : parseState(bytes.toString("utf8"));
}

/** Positions of dead letters that are settled, by destination. */
async function deadOf(files: SpoolFiles, books: ReadonlyMap<string, CursorState | undefined>) {
  const dead = new Map<string, number>();
  const names = new Set(await files.list());
  for (const [name, cursor] of books) {
    if (cursor === undefined || !names.has(deadFile(name))) continue;
    const revived = new Set(cursor.revived);
    const letters = await readDeadLetters(files, name);
    // Those behind the cursor are in the spool still, and count there.
    const settled = [...letters.keys()].filter((position) => position < cursor.next && !revived.has(position));
    dead.set(name, settled.length);
  }
  return dead;
}

/** Every record that can be read. Undefined where a segment went away meanwhile. */
async function findRecords(files: SpoolFiles): Promise<Found | undefined> {
  const present: [number, number][] = [];
  let bytes = 0;
  let oldestMs: number | undefined;
  for (const name of (await files.list()).filter((one) => segmentFirst(one) !== undefined).sort()) {
    let file: SpoolFile;
    try {
      file = await files.open(name, "read");
    } catch {
      return undefined;
    }
    try {
      bytes += file.size;
      for (let at = 0; ;) {
        const lines = await readLines(file, at, file.size);
        if (lines.length === 0) break;
        at += lines.length;
        for (let begin = 0, end = 0; begin < lines.length; begin = end + 1) {
          end = lines.indexOf(LINE_BREAK, begin);
          const record = readRecord(lines, begin, end);
          if (record === undefined) continue;
          oldestMs ??= record.timeMs;
          const last = present.at(-1);
          if (last !== undefined && record.position <= last[1]) continue;
          if (last?.[1] === record.position - 1) last[1] = record.position;
          else present.push([record.position, record.position]);
        }
      }
    } finally {
      await file.close();
    }
  }
  return { present, bytes, oldestMs };
}

function judge(
  books: ReadonlyMap<string, CursorState | undefined>,
  { present, bytes, oldestMs }: Found,
  dead: ReadonlyMap<string, number>,
  state: SpoolState,
): SpoolStats {
  const last = Math.max(
    present.at(-1)?.[1] ?? 0,
    state.next - 1,
    ...[...books.values()].map((cursor) => (cursor?.next ?? 1) - 1),
  );
  const destinations = [...books].map(([name, cursor]): DestinationStats => {
    if (cursor === undefined) return { ...NOTHING, name, unaccounted: last };
    const { from, next, delivered, filtered, lost } = cursor;
    const refused = state.refused - cursor.refusedBefore;
    const spooled = countIn(present, next, last + 1);
    // Removed to make room, and not yet passed over.
    const ahead = countIn(state.dropped, next, last + 1) - overlap(present, state.dropped, next);
    const counts = {
      delivered,
      spooled,
      dead: dead.get(name) ?? 0,
      filtered,
      dropped: cursor.dropped + ahead + refused,
      lost,
    };
    const accepted = last + 1 - from + refused;
    const sum = Object.values(counts).reduce((total, count) => total + count, 0);
    return { name, accepted, ...counts, unaccounted: accepted - sum };
  });
  const records = present.reduce((count, [from, to]) => count + to - from + 1, 0);
  const isWhole = destinations.every(({ unaccounted }) => unaccounted === 0);
  return { bytes, records, last, oldestMs, destinations, isWhole };
}

const NOTHING = { accepted: 0, delivered: 0, spooled: 0, dead: 0, filtered: 0, dropped: 0, lost: 0 };

/** A segment whose removal was noted and failed is read all the same. */
function overlap(present: readonly Range[], dropped: readonly Range[], from: number): number {
  return dropped.reduce((count, [first, last]) => count + countIn(present, Math.max(first, from), last + 1), 0);
}
