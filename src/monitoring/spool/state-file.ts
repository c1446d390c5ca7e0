// What a spool remembers beside its records: which it had to drop, how many it never took, and how far each destination is.

import { NO_PREVIOUS } from "./chain.ts";
import type { SpoolFiles } from "./files.ts";
import type { Range } from "./ranges.ts";

/** Positions next to each other that a destination never gets. */
export interface LackedRange {
  readonly first: number;
  readonly last: number;
  /** The hash that the first of them names, where that is known. */
  readonly previous?: string | undefined;
  /** Position of the event that says so, once it is durable; 0 before. */
  readonly by: number;
}

/** Where a destination begins, or goes on, at its place: what its record must say of it. */
export interface Beginning {
  readonly name: string;
  /** From which on the name stands for the place. */
  readonly generation: number;
  /** Where its place stopped being fed; 1 where it is new. */
  readonly since: number;
  /** The hash of what stands before that, where it is known. */
  readonly previous?: string | undefined;
  /** Where it goes on: what is between was never offered to it. */
  readonly first: number;
  /** The first generation in which the place was fed no more: what is said then may be of another one with its name. 0 where it is new. */
  readonly until: number;
  /** The name under which the place was fed before, where that was another. */
  readonly formerly?: string | undefined;
  /** Position of the event that says so, once it is durable; 0 before. */
  readonly by: number;
}

/** How far a place was fed that no destination writes to now. */
export interface Left {
  readonly next: number;
  /** The hash of the event before that, where it is known. */
  readonly previous?: string | undefined;
  /** The first generation in which it was fed no more. */
  readonly until: number;
  /** Of the destination that fed it last. */
  readonly name: string;
  readonly lacked: LackedRange[];
  readonly begun: Beginning[];
}

/** The last checkpoint that was written, and the file that has it. */
export interface Signed {
  readonly place: string;
  readonly count: number;
  /** Of that event, and when it was signed. Earlier versions did not note it. */
  readonly hash?: string;
  readonly time?: string;
}

/** How many events there were at a time, and the hash of the last. */
export interface Anchor {
  readonly count: number;
  readonly hash: string;
  readonly time: string;
}

const ANCHORS_MAX = 64;

/** With one more; of too many, every second of the older half goes. */
export function withAnchor(anchors: readonly Anchor[], { count, hash, time }: Signed): Anchor[] {
  if (hash === undefined || time === undefined || anchors.at(-1)?.count === count) return [...anchors];
  const all = [...anchors, { count, hash, time }];
  return all.length <= ANCHORS_MAX ? all : all.filter((_one, i) => i >= ANCHORS_MAX / 2 || i % 2 === 0);
}

/** `state.json` */
export interface SpoolState {
  /** Events that were never taken, as there was no room: since the spool exists. */
  refused: number;
  /** Position that the next record has at least, and the hash that it names then. */
  next: number;
  previous: string;
  /** What was removed before every destination had it, to make room. */
  dropped: Range[];
  /** Of that, what each destination lacks: all that was not in its hands already. Kept until it has the event that says so. */
  lacked: Record<string, LackedRange[]>;
  /** Grows with each change of which destinations there are: within one, a name stands for one place. */
  generation: number;
  /** What each destination has not been told yet of where it begins. */
  begun: Record<string, Beginning[]>;
  /** By place. */
  left: Record<string, Left>;
  signed?: Signed | undefined;
  /** Checkpoints up to that, fewer the older they are: whoever takes the notes away must not be able to make the record anew. */
  anchors: Anchor[];
  /** Of `refused`, what the record itself says. */
  refusedTold: number;
}

/** `cursor-NAME.json`: where delivery goes on, and what became of all that was before. Its numbers add up to `next - from`. */
export interface CursorState {
  /** The first position that was ever meant for it. */
  from: number;
  /** The first position that is not settled. */
  next: number;
  delivered: number;
  /** Set aside with a reason. */
  dead: number;
  /** Below the level that it takes. */
  filtered: number;
  /** Removed to make room before it was sent. */
  dropped: number;
  /** Could not be read any more. */
  lost: number;
  /** Positions of dead letters that were taken after all and are still in their file. */
  revived: number[];
  /** `refused` of the spool when the destination was first there. */
  refusedBefore: number;
  /** What it feeds, where a name may come to mean something else: a file. */
  place?: string | undefined;
}

export const STATE_FILE = "state.json";
const CURSOR = /^cursor-([a-z0-9-]{1,40})\.json$/;

export function cursorFile(destination: string): string {
  return `cursor-${destination}.json`;
}

/** Whose cursor a file is; undefined where it is none. */
export function cursorOwner(name: string): string | undefined {
  return CURSOR.exec(name)?.[1];
}

export function newState(): SpoolState {
  return {
    refused: 0,
    next: 1,
    previous: NO_PREVIOUS,
    dropped: [],
    lacked: {},
    generation: 0,
    begun: {},
    left: {},
    refusedTold: 0,
    anchors: [],
  };
}

export function newCursor(from: number, refusedBefore: number): CursorState {
  return { from, next: from, delivered: 0, dead: 0, filtered: 0, dropped: 0, lost: 0, revived: [], refusedBefore };
}

/** Undefined where it is not what was written: then it is begun anew, and said. */
export function parseState(text: string): SpoolState | undefined {
  const value = parsed(text);
  if (value === undefined || !areCounts(value, ["refused", "next"])) return undefined;
  const { dropped, previous } = value;
  if (typeof previous !== "string" || !areRanges(dropped)) return undefined;
  // Earlier versions did not know: what they refused was told then.
  const { refusedTold = value["refused"], lacked = {}, generation = 0, begun = {}, left = {} } = value;
  const { signed, anchors = [] } = value;
  if (!areCounts({ refusedTold, generation }, ["refusedTold", "generation"])) return undefined;
  if (!areLists(lacked, isLackedRange) || !areLists(begun, isBeginning) || !isEach(left, isLeft)) return undefined;
  if ((signed !== undefined && !isSigned(signed)) || !areLists({ anchors }, isAnchor)) return undefined;
  return { ...value, lacked, generation, begun, left, refusedTold, anchors } as unknown as SpoolState;
}

/** As the folder has it; undefined where there is none, or it is broken. */
export async function readCursor(files: SpoolFiles, destination: string): Promise<CursorState | undefined> {
  return parseCursor((await files.readAll(cursorFile(destination)))?.toString("utf8") ?? "");
}

export function parseCursor(text: string): CursorState | undefined {
  const value = parsed(text);
  if (value === undefined || !areCounts(value, COUNTS)) return undefined;
  const { revived } = value;
  if (!Array.isArray(revived) || !revived.every((position) => Number.isSafeInteger(position))) return undefined;
  return value as unknown as CursorState;
}

const COUNTS: readonly string[] = Object.keys(newCursor(1, 0)).filter((name) => name !== "revived");

export function stateText(state: SpoolState | CursorState): string {
  return `${JSON.stringify(state)}\n`;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function areCounts(value: Record<string, unknown>, names: readonly string[]): boolean {
  return names.every((name) => Number.isSafeInteger(value[name]) && (value[name] as number) >= 0);
}

/** Whether it is an object, and each of its members is such a one. */
function isEach(value: unknown, isOne: (member: unknown) => boolean): boolean {
  return typeof value === "object" && value !== null && Object.values(value).every(isOne);
}

function areLists(value: unknown, isOne: (member: unknown) => boolean): boolean {
  return isEach(value, (list) => Array.isArray(list) && list.every(isOne));
}

function isLackedRange(value: unknown): boolean {
  return typeof value === "object" && value !== null && areCounts({ ...value }, ["first", "last", "by"]);
}

function isBeginning(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { name } = value as Record<string, unknown>;
  return typeof name === "string" && areCounts({ ...value }, ["generation", "since", "first", "until", "by"]);
}

function isSigned(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { place, hash = "", time = "" } = value as Record<string, unknown>;
  return [place, hash, time].every((one) => typeof one === "string") && areCounts({ ...value }, ["count"]);
}

function isAnchor(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { hash, time } = value as Record<string, unknown>;
  return typeof hash === "string" && typeof time === "string" && areCounts({ ...value }, ["count"]);
}

function isLeft(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { name, lacked, begun } = value as Record<string, unknown>;
  if (!areCounts({ ...value }, ["next", "until"]) || typeof name !== "string") return false;
  return areLists({ lacked }, isLackedRange) && areLists({ begun }, isBeginning);
}

function areRanges(value: unknown): boolean {
  return Array.isArray(value) && value.every(isRange);
}

function isRange(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((end) => Number.isSafeInteger(end));
}
