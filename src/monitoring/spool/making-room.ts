// Removes the oldest segments where there must be room, and what each destination lacks by that is counted before they go.
import type { CursorState, SpoolState } from "./state-file.ts";
import type { Drops } from "./drops.ts";
import type { RecordLog } from "./record-log.ts";
import type { Segment } from "./segments.ts";
import type { SpoolOptions } from "./spool-port.ts";
import type { StateKeeper } from "./state-keeper.ts";
import { withRange } from "./ranges.ts";
import { dropsAbove, neededFrom } from "./room.ts";

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

  /** Removes as many of the oldest closed segments as are too many, or one. False where there is none. At a start, the only one as well. */
  async dropOldest(isStart = false): Promise<boolean> {
    if (this.underWay !== undefined || !(this.#may() || (isStart && this.#mayAll()))) return false;
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

  /** What begins without room for anything would write nothing. */
  #mayAll(): boolean {
    const { log, options } = this.#parts;
    return options.whenFull === "drop-oldest" && log.retire(Number.POSITIVE_INFINITY, 0);
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
