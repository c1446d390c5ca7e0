// Says of a spool's folder, whether a gate runs on it or not, what became of every event that was taken: the numbers must add up.
import { deadFile, readDeadLetters } from "./dead-letters.ts";
import type { SpoolFiles } from "./files.ts";
import { HEADER_BYTES } from "./record-line.ts";
import { spooledEvents } from "./spooled-events.ts";
import {
  cursorOwner,
  type CursorState,
  newState,
  parseState,
  readCursor,
  type SpoolState,
  STATE_FILE,
} from "./state-file.ts";
import { readRefused } from "./refused-count.ts";
import { countIn, type Range } from "./ranges.ts";

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
  /** Removed to make room when the process that delivers had read them: still to be delivered, or dropped where it was killed. */
  readonly held: number;
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
    const dead = await deadOf(files, before.cursors);
    const after = await booksOf(files);
    if (shown(before) === shown(after)) return judge(before, found, dead);
  }
  return undefined;
}

interface Books {
  readonly cursors: ReadonlyMap<string, CursorState | undefined>;
  readonly state: SpoolState;
}

/** All that must not change while it is counted. What was refused is accepted and dropped, however much: that is the same twice. */
function shown({ cursors, state }: Books): string {
  return JSON.stringify([[...cursors], { ...state, refused: 0, refusedTold: 0 }]);
}

async function booksOf(files: SpoolFiles): Promise<Books> {
  const cursors = new Map<string, CursorState | undefined>();
  for (const name of (await files.list()).sort()) {
    const owner = cursorOwner(name);
    if (owner === undefined) continue;
    cursors.set(owner, await readCursor(files, owner));
  }
  const state = parseState((await files.readAll(STATE_FILE))?.toString("utf8") ?? "");
  if (state !== undefined) state.refused = Math.max(state.refused, await readRefused(files));
  return { cursors, state: state ?? newState() };
}

interface Dead {
  /** How many are settled. */
  readonly settled: number;
  /** Positions of the others: the cursor still waits before them. */
  readonly ahead: readonly number[];
}

/** Dead letters by destination. Those from before its books are in none. */
async function deadOf(files: SpoolFiles, cursors: ReadonlyMap<string, CursorState | undefined>) {
  const dead = new Map<string, Dead>();
  const names = new Set(await files.list());
  for (const [name, cursor] of cursors) {
    if (cursor === undefined || !names.has(deadFile(name))) continue;
    const revived = new Set(cursor.revived);
    const letters = await readDeadLetters(files, name);
    const positions = [...letters.keys()].filter((position) => position >= cursor.from && !revived.has(position));
    const ahead = positions.filter((position) => position >= cursor.next);
    dead.set(name, { settled: positions.length - ahead.length, ahead });
  }
  return dead;
}

/** Every record that can be read. */
async function findRecords(files: SpoolFiles): Promise<Found> {
  const present: [number, number][] = [];
  let bytes = 0;
  let oldestMs: number | undefined;
  for await (const { position, timeMs, json } of spooledEvents(files)) {
    bytes += HEADER_BYTES + json.length + 1;
    oldestMs ??= timeMs;
    const last = present.at(-1);
    if (last?.[1] === position - 1) last[1] = position;
    else present.push([position, position]);
  }
  return { present, bytes, oldestMs };
}

function judge(
  { cursors, state }: Books,
  { present, bytes, oldestMs }: Found,
  dead: ReadonlyMap<string, Dead>,
): SpoolStats {
  const last = Math.max(
    present.at(-1)?.[1] ?? 0,
    state.next - 1,
    ...[...cursors.values()].map((cursor) => (cursor?.next ?? 1) - 1),
  );
  const destinations = [...cursors].map(([name, cursor]): DestinationStats => {
    if (cursor === undefined) return { ...NOTHING, name, unaccounted: last };
    const { from, next, delivered, filtered, lost } = cursor;
    const refused = state.refused - cursor.refusedBefore;
    const spooled = countIn(present, next, last + 1);
    // Removed to make room, and not yet passed over.
    const removed = countIn(state.dropped, next, last + 1) - overlap(present, state.dropped, next);
    const lacked = (state.lacked[name] ?? []).map(({ first, last: to }): Range => [first, to]);
    const { settled = 0, ahead: deadAhead = [] } = dead.get(name) ?? {};
    // What was set aside is not dropped, though its file was removed.
    const deadLacked = deadAhead.filter((at) => isIn(lacked, at) && !isIn(present, at)).length;
    const ahead = countIn(lacked, next, last + 1) - overlap(present, lacked, next) - deadLacked;
    const counts = {
      delivered,
      spooled,
      dead: settled,
      filtered,
      dropped: cursor.dropped + ahead + refused,
      held: removed - ahead,
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

const NOTHING = { accepted: 0, delivered: 0, spooled: 0, dead: 0, filtered: 0, dropped: 0, held: 0, lost: 0 };

function isIn(ranges: readonly Range[], position: number): boolean {
  return countIn(ranges, position, position + 1) > 0;
}

/** A segment whose removal was noted and failed is read all the same. */
function overlap(present: readonly Range[], dropped: readonly Range[], from: number): number {
  return dropped.reduce((count, [first, last]) => count + countIn(present, Math.max(first, from), last + 1), 0);
}
