// What a spool is opened with, and what there is to know of it.
import type { SpoolFiles } from "./files.ts";
import type { Range } from "./ranges.ts";
import type { SpareRoom } from "./spare-room.ts";
import type { SpoolReader } from "./spool-reader.ts";
import type { CursorState, SpoolState } from "./state-file.ts";

export type WhenFull = "block" | "drop-oldest" | "drop-newest";

/** Events of a record that stand there now next to each other. */
export interface HeldRun {
  readonly first: number;
  readonly last: number;
  /** Of the last one. */
  readonly hash: string;
}

/** A destination, as the spool sees it. */
export interface Fed {
  readonly name: string;
  /** What it writes to: goes on where that was fed last, under whatever name. */
  readonly place: string;
  /** What stands at its end, the oldest first: more than is sent between two saves of its cursor. */
  readonly holds: () => Promise<readonly HeldRun[]>;
  readonly follows: (place: string) => Promise<boolean>;
  /** Whatever is done for others when there is no room, for it the oldest is dropped. */
  readonly yields?: boolean;
}

export interface SpoolOptions {
  readonly files: SpoolFiles;
  readonly bytesMax: number;
  readonly whenFull: WhenFull;
  /** `memory`: written as soon, but not synced: a machine that loses power loses what its system had not written. */
  readonly durability: "fsync" | "memory";
  /** Whose cursors there are. Those of others are remembered by place. */
  readonly destinations: readonly Fed[];
  /** The last event of a place that no destination feeds any more, where that can be told. */
  readonly endOf?: (place: string) => Promise<HeldRun | undefined>;
  /** Room for what is answered while nobody knows yet that the disk is full. */
  readonly spare?: SpareRoom;
  readonly segmentBytesMax?: number;
  readonly waitingBytesMax?: number;
  /** How long an event waits for others before it is written. */
  readonly delayMs?: number;
  readonly retryMs?: number;
  readonly closeMs?: number;
}

/** What a folder knows beside its records. */
export interface Remembered {
  readonly state: SpoolState;
  readonly cursors: Map<string, CursorState>;
  /** Of each destination, positions not before its cursor that are dead letters by now. */
  readonly setAside: ReadonlyMap<string, Set<number>>;
  /** What they have, in order: more than their cursors say, where a process was killed. */
  readonly held: ReadonlyMap<string, readonly Range[]>;
}

export interface SpoolSnapshot {
  readonly bytes: number;
  readonly bytesMax: number;
  /** Position of the last event that was taken. */
  readonly last: number;
  readonly refused: number;
  readonly full: boolean;
  readonly failing: boolean;
}

/** How far a destination is, durably. */
export interface SpoolConsumer {
  readonly cursor: CursorState;
  readonly reader: SpoolReader;
  /** Positions that it is not offered again, as they are dead letters already. Whoever passes one takes it out. */
  readonly setAside: Set<number>;
  /** Makes it durable, and lets go of what nobody needs any more. */
  save(cursor: CursorState): Promise<void>;
}
