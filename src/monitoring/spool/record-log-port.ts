// What the writer of segments is made with, and what it tells.
import type { SpoolFiles } from "./files.ts";

export interface RecordLogOptions {
  readonly files: SpoolFiles;
  readonly segmentBytesMax: number;
  /** Whether a group is durable before readers get it. */
  readonly sync: boolean;
  readonly delayMs?: number;
  readonly retryMs?: number;
  readonly closeMs?: number;
}

export interface LogListener {
  /** Readers may have more. */
  committed(): void;
  failing(code: string): void;
  working(): void;
  /** A segment is begun: what was before it is closed. Its first record names `previous`. */
  begun(first: number, previous: string): void;
  /** Whether the only file may go, unfinished, to make room after such a failure. */
  mayLeave(code: string): boolean;
  /** Tries to make room on the disk after a failure; true where it may have. `isLeft`: also by the only file. */
  makeRoom(code: string, isLeft: boolean): Promise<boolean>;
}
