// The port to where events go. A sink takes whole lines, never waits and never throws.
import type { Level } from "./classification.ts";

export type { Level } from "./classification.ts";

const RANKS: Readonly<Record<Level, number>> = { info: 0, warn: 1, error: 2 };

/** Whether an event of that level is at least as grave as the lowest that is wanted. */
export function reaches(level: Level, lowest: Level): boolean {
  return RANKS[level] >= RANKS[lowest];
}

/** What a sink that writes for people gets instead of JSON. All texts are masked, not yet made visible. */
export type EventView =
  | {
      readonly kind: "exchange";
      readonly timeMs: number;
      readonly level: Level;
      readonly status: number;
      readonly method: string;
      readonly path: string;
      /** The reason, what guards in monitor would have said, or the operation. */
      readonly what: string;
      readonly who: string;
      readonly address: string;
      readonly durationMs: number;
      readonly id: string;
      /** A sentence more: what was wrong. */
      readonly remark: string;
    }
  | {
      readonly kind: "system";
      readonly timeMs: number;
      readonly level: Level;
      readonly action: string;
      readonly message: string;
    };

/** What a sink tells the recorder. */
export interface SinkListener {
  /** There is room again after events were dropped. */
  room(): void;
  /** Writing fails; told once per outage. `code` is the system's: `ENOSPC`. */
  failing(code: string): void;
  /** Writing works again after it failed. */
  working(): void;
  /** The file could not be rotated, and grows. */
  unrotated(code: string): void;
  /** So many lines that were taken will never be written: the sink was closed while writing failed. */
  lost(count: number): void;
}

export interface Sink {
  /** For messages about it: `console`, `file`. */
  readonly name: string;
  /** The lowest level that it takes; all when left out. */
  readonly level?: Level;
  /** Where present, its result is written instead of the event's JSON. */
  readonly render?: (view: EventView) => string;
  /** Called once by the recorder, before the first line. */
  connect?(listener: SinkListener): void;
  /** Takes one line, without its line break. False: it was dropped, as there is no room. */
  write(line: string): boolean;
  /** The same for a line as bytes, copied before this returns: cheaper where the sink writes bytes. */
  writeBytes?(bytes: Buffer, length: number): boolean;
  /** Resolves when all lines taken so far were handed on, or writing fails. */
  flush(): Promise<void>;
  /** Opens anew what it writes to, after somebody else moved it. */
  reopen?(): Promise<void>;
  /** Hands on what it can, in bounded time, and frees what it holds. */
  close(): Promise<void>;
}
