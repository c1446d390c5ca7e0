// Removes the oldest segments where there must be room, and what each destination lacks by that is counted before they go.
import type { CursorState, SpoolState } from "./state-file.ts";
import type { Drops } from "./drops.ts";
import type { RecordLog } from "./record-log.ts";
import type { Segment } from "./segments.ts";
import type { SpoolOptions } from "./spool-port.ts";
import type { StateKeeper } from "./state-keeper.ts";
import { withRange } from "./ranges.ts";
import { codeOf } from "../fault-fields.ts";
import { dropsAbove, isNoRoom, neededFrom } from "./room.ts";

export interface RoomParts {
  readonly options: SpoolOptions;
  readonly state: SpoolState;
  readonly keeper: StateKeeper;
  readonly log: RecordLog;
  readonly drops: Drops;
  readonly cursors: ReadonlyMap<string, CursorState>;
  readonly bytes: () => number;
  readonly full: () => boolean;
  readonly remove: (segment: Segment) => Promise<void>;
  /** What was dropped can be said. */
  readonly dropped: () => void;
}

export class MakingRoom {
  readonly #parts: RoomParts;
  readonly #yielding: ReadonlySet<string>;
  /** Resolves when what is being removed is gone, and said. */
  underWay: Promise<void> | undefined;

  constructor(parts: RoomParts) {
    this.#parts = parts;
    this.#yielding = new Set(parts.options.destinations.filter((one) => one.yields).map(({ name }) => name));
  }

  /** A disk that is full already stops no start where the oldest may go. */
  async begin(): Promise<void> {
    for (;;) {
      try {
        return await this.#parts.keeper.begin();
      } catch (error) {
        if (!isNoRoom(codeOf(error) ?? "") || !(await this.dropOldest("idle"))) throw error;
      }
    }
  }

  /** Removes as many of the oldest closed segments as are too many, or one. False where there is none. The only one as well where nothing is written to it: it is idle, or left unfinished. */
  async dropOldest(withLast: "kept" | "idle" | "left" = "kept"): Promise<boolean> {
    if (this.underWay !== undefined || !(this.#may() || this.#mayAll(withLast))) return false;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.underWay = promise;
    try {
      await this.#removeOldest();
    } finally {
      this.underWay = undefined;
      this.#parts.dropped();
      resolve();
    }
    return true;
  }

  async #removeOldest(): Promise<void> {
    const { state, keeper, log, drops, cursors, bytes, options, remove } = this.#parts;
    const removed: Segment[] = [];
    const named: (() => Promise<void>)[] = [];
    do {
      // From now on nobody reads it: what was not handed to a destination by now is what that one lacks.
      const oldest = log.segments.shift() as Segment;
      removed.push(oldest);
      const from = Math.max(oldest.first, neededFrom(cursors, log.group.next));
      if (from > oldest.last) continue;
      state.dropped = withRange(state.dropped, [from, oldest.last]);
      named.push(drops.remove(oldest));
    } while (bytes() > dropsAbove(options) && this.#may());
    if (log.segments.length === 0) keeper.noteNext(log.group.next, log.group.previous);
    const isKept = await this.#keep();
    for (const name of named) await name();
    for (const segment of removed) await remove(segment);
    // A full disk has room for it only now, and not for long: what waits to be written comes next.
    if (!isKept) await this.#keep();
  }

  async #keep(): Promise<boolean> {
    return this.#parts.keeper.save().then(
      () => true,
      () => false,
    );
  }

  /** Without room for anything nothing would be written. */
  #mayAll(withLast: "kept" | "idle" | "left"): boolean {
    const { log, options } = this.#parts;
    if (withLast === "kept" || options.whenFull !== "drop-oldest") return false;
    return withLast === "left" ? log.segments.length > 0 : log.retire(Number.POSITIVE_INFINITY, 0);
  }

  /** Where not for everybody, then for those that yield: what nobody else needs any more. */
  #may(): boolean {
    const { log, cursors, options, full } = this.#parts;
    const [oldest, second] = log.segments;
    if (oldest === undefined) return false;
    if (options.whenFull === "drop-oldest") return second !== undefined;
    const needed = neededFrom(cursors, log.group.next, this.#yielding);
    if (this.#yielding.size === 0 || oldest.last >= needed) return false;
    return second !== undefined || (full() && log.retire(needed));
  }
}
