// When a spool is full, and what it takes all the same.
import type { SpoolOptions } from "./spool-port.ts";

type Bounds = Pick<SpoolOptions, "bytesMax" | "whenFull">;

export interface DiskState {
  /** Nothing can be written. */
  readonly isFailing: boolean;
  /** What is written now goes into the room that was kept for that. */
  readonly isFull: boolean;
}

/** What must be free again before the spool takes anew, as a part of all: otherwise it would change with every event. */
const ROOM_PART = 16;
/** What `block` still takes beyond the size, as a part of it. */
const RESERVE_PART = 8;

/** What is free at least before those that yield keep what they need. */
const YIELD_PART = 8;

/** What waits in memory at most, while the disk takes nothing. */
export const WAITING_BYTES_MAX = 16 * 1024 * 1024;

const SEGMENT_BYTES_MAX = 16 * 1024 * 1024;
const SEGMENT_BYTES_MIN = 64 * 1024;
const SEGMENTS_MIN = 16;

/** What is removed at once where there must be room: a small part of all. */
export function segmentSize(bytesMax: number): number {
  return Math.max(SEGMENT_BYTES_MIN, Math.min(SEGMENT_BYTES_MAX, Math.floor(bytesMax / SEGMENTS_MIN)));
}

export function isFull(wasFull: boolean, bytes: number, disk: DiskState, { bytesMax, whenFull }: Bounds): boolean {
  // What cannot be written now may be lost: no request may happen unrecorded where the owner wants none to.
  if (disk.isFull || (disk.isFailing && whenFull === "block")) return true;
  return bytes >= (wasFull ? bytesMax - Math.floor(bytesMax / ROOM_PART) : bytesMax);
}

/** Requests that were let in before are still recorded, and what the gate says of itself: but not without end. */
export function takesBeyond(bytes: number, { bytesMax, whenFull }: Bounds): boolean {
  return whenFull === "block" && bytes <= bytesMax + Math.floor(bytesMax / RESERVE_PART);
}

/** From when on files go for the sake of room: for sinks that yield before anybody is refused anything. */
export function dropsAbove({ bytesMax, whenFull }: Bounds): number {
  return whenFull === "drop-oldest" ? bytesMax : bytesMax - Math.floor(bytesMax / YIELD_PART);
}

/** The lowest position that somebody still needs, where the next is `next`; those left out do not count. */
export function neededFrom(
  cursors: ReadonlyMap<string, { readonly next: number }>,
  next: number,
  without?: ReadonlySet<string>,
): number {
  let lowest = next;
  for (const [name, cursor] of cursors) if (without?.has(name) !== true) lowest = Math.min(lowest, cursor.next);
  return lowest;
}

/** A disk that has no room: removing something may help. */
export function isNoRoom(code: string): boolean {
  return code === "ENOSPC" || code === "EDQUOT";
}
