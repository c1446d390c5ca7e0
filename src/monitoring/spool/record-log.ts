// Writes records to segments, a group at a time: gathered for a moment, written, made durable, and only then shown to readers.
import { setTimeout as pause } from "node:timers/promises";
import { codeOf } from "../fault-fields.ts";
import type { SpoolFile, SpoolFiles } from "./files.ts";
import { type Chunk, RecordGroup, type RecordHead } from "./record-group.ts";
import { type FoundSegments, type Segment, segmentName } from "./segments.ts";

/** With writing and syncing under 20 ms where the disk is quick: younger events are what a killed process may lose. */
const DELAY_MS = 10;
const FLUSH_BYTES = 256 * 1024;
const RETRY_MS = 100;
const RETRY_MS_MAX = 5_000;
const CLOSE_MS = 2_000;

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
  /** Tries to make room on the disk after a failure; true where it may have. */
  makeRoom(code: string): Promise<boolean>;
}

export class RecordLog {
  /** Oldest first. The last one is written. */
  readonly segments: Segment[];
  readonly group: RecordGroup;
  failing = false;
  /** Bytes of the group that is being written. */
  #inFlight = 0;
  readonly #options: RecordLogOptions;
  readonly #listener: LogListener;
  #file: SpoolFile | undefined;
  /** Bytes of the segment that is written, those included that readers may not have yet. */
  #written = 0;
  #timer: NodeJS.Timeout | undefined;
  #pump: Promise<void> | undefined;
  /** How many wait for what was taken. */
  #flushing = 0;
  #committedLast: number;
  #committedHash: string;
  #failures = 0;
  #attempted: (() => void)[] = [];
  #closeBy = Number.POSITIVE_INFINITY;
  readonly #awake = new AbortController();
  #givenUp = 0;

  constructor(
    found: FoundSegments,
    next: { readonly next: number; readonly previous: string },
    options: RecordLogOptions,
    listener: LogListener,
  ) {
    this.segments = found.segments;
    this.group = new RecordGroup(next.next, next.previous);
    this.#committedLast = next.next - 1;
    this.#committedHash = next.previous;
    this.#options = options;
    this.#listener = listener;
  }

  /** Goes on in the last segment, without what a killed process left of a record. */
  async open(tornBytes: number): Promise<void> {
    const last = this.segments.at(-1);
    if (last === undefined) return;
    const { files } = this.#options;
    if (last.last < last.first) {
      this.segments.pop();
      await files.remove(last.name);
      return;
    }
    const file = await files.open(last.name, "write");
    if (tornBytes > 0) {
      await file.truncate(last.bytes);
      await file.sync();
    }
    this.#file = file;
    this.#written = last.bytes;
  }

  /** Bytes that are not in a segment yet. */
  get waitingBytes(): number {
    return this.group.bytes + this.#inFlight;
  }

  /** The last record that readers may have, and its hash. */
  get head(): { readonly count: number; readonly hash: string } {
    return { count: this.#committedLast, hash: this.#committedHash };
  }

  append(json: Uint8Array, length: number, head: RecordHead): void {
    this.group.add(json, length, head);
    if (this.#pump !== undefined) return;
    if (this.group.bytes >= FLUSH_BYTES) this.#start();
    else this.#timer ??= setTimeout(this.#start, this.#options.delayMs ?? DELAY_MS);
  }

  /**
   * Lets go of the segment that is written where it is full and everything in it was delivered: else it would fill the spool
   * until the next event, which waits for room. False where it is still needed.
   */
  retire(confirmed: number): boolean {
    const last = this.segments.at(-1);
    const isIdle = this.#pump === undefined && this.group.bytes === 0;
    if (last === undefined || !isIdle || last.last >= confirmed || last.bytes < this.#options.segmentBytesMax)
      return false;
    const file = this.#file;
    this.#file = undefined;
    void file?.close().catch(() => undefined);
    return true;
  }

  /** Resolves when what was taken by now is committed, or at the next failure. */
  async flush(): Promise<void> {
    const last = this.group.next - 1;
    const failures = this.#failures;
    this.#flushing += 1;
    while (this.#committedLast < last && this.#failures === failures && !this.#abandoned()) {
      if (this.group.bytes > 0) this.#start();
      await Promise.race([this.#pump, new Promise<void>((resolve) => this.#attempted.push(resolve))]);
    }
    this.#flushing -= 1;
  }

  /** Writes what it can in bounded time. Resolves to how many records could not be written. */
  async close(): Promise<number> {
    const closeMs = this.#options.closeMs ?? CLOSE_MS;
    this.#closeBy = Math.min(this.#closeBy, performance.now() + closeMs);
    this.#awake.abort();
    if (this.group.bytes > 0) this.#start();
    const inTime = new AbortController();
    const late = pause(closeMs + 500, undefined, { signal: inTime.signal }).catch(() => undefined);
    await Promise.race([this.#pump, late]);
    inTime.abort();
    clearTimeout(this.#timer);
    this.#closeBy = Number.NEGATIVE_INFINITY;
    if (this.#pump === undefined) await this.#file?.close().catch(() => undefined);
    this.#file = undefined;
    return this.#givenUp + recordsIn(this.group.take());
  }

  readonly #start = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pump ??= this.#run().finally(() => {
      this.#pump = undefined;
      this.#attempted = [];
      if (this.group.bytes > 0 && !this.#abandoned()) {
        this.#timer ??= setTimeout(this.#start, this.#options.delayMs ?? DELAY_MS);
      }
    });
  };

  async #run(): Promise<void> {
    do {
      const bytes = this.group.bytes;
      const chunks = this.group.take();
      if (chunks.length === 0) return;
      this.#inFlight = bytes;
      const done = await this.#commit(chunks);
      this.#inFlight = 0;
      this.group.free(chunks);
      if (!done) return;
      this.#listener.committed();
    } while (this.group.bytes >= FLUSH_BYTES || this.#flushing > 0 || this.#closeBy !== Number.POSITIVE_INFINITY);
  }

  /** False when it gave up, which it does only while closing. */
  async #commit(chunks: readonly Chunk[]): Promise<boolean> {
    const { first, previous } = chunks[0] as Chunk;
    const progress = { chunk: 0, offset: 0 };
    for (let waitMs = this.#options.retryMs ?? RETRY_MS; ; waitMs = Math.min(waitMs * 2, RETRY_MS_MAX)) {
      try {
        const file = await this.#fileFor(first, previous);
        await this.#write(file, chunks, progress);
        if (this.#options.sync) await this.#sync(file, progress);
        this.#committed(chunks.at(-1) as Chunk);
        return true;
      } catch (error) {
        const code = codeOf(error) ?? "unknown";
        this.#failed(code);
        if (this.#abandoned()) {
          this.#givenUp += recordsIn(chunks);
          return false;
        }
        if (!(await this.#listener.makeRoom(code))) await this.#wait(waitMs);
      }
    }
  }

  async #write(file: SpoolFile, chunks: readonly Chunk[], progress: { chunk: number; offset: number }): Promise<void> {
    for (; progress.chunk < chunks.length; progress.chunk += 1, progress.offset = 0) {
      const { buffer, length } = chunks[progress.chunk] as Chunk;
      const bytes = buffer.subarray(0, length);
      while (progress.offset < length) {
        const written = await file.write(bytes, progress.offset, this.#written);
        progress.offset += written;
        this.#written += written;
      }
    }
  }

  /**
   * A sync that failed may have thrown the pages away and will succeed the next time all the same: what it was to make
   * durable is written again, elsewhere.
   */
  async #sync(file: SpoolFile, progress: { chunk: number; offset: number }): Promise<void> {
    try {
      await file.sync();
    } catch (error) {
      progress.chunk = 0;
      progress.offset = 0;
      const segment = this.segments.at(-1) as Segment;
      this.#file = undefined;
      await file.close().catch(() => undefined);
      if (segment.last < segment.first) this.segments.pop();
      throw error;
    }
  }

  /** The file of the last segment, or of a new one that begins with this position. */
  async #fileFor(first: number, previous: string): Promise<SpoolFile> {
    const { files, segmentBytesMax } = this.#options;
    const last = this.segments.at(-1);
    if (this.#file !== undefined && (this.#written < segmentBytesMax || last?.first === first)) return this.#file;
    const old = this.#file;
    const name = segmentName(first);
    const file = await files.open(name, "write");
    try {
      if (file.size > 0) await file.truncate(0);
      await files.syncFolder();
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
    this.#file = file;
    this.#written = 0;
    this.segments.push({ name, first, last: first - 1, bytes: 0 });
    await old?.close().catch(() => undefined);
    this.#listener.begun(first, previous);
    return file;
  }

  #committed({ last, hash }: Chunk): void {
    this.#committedLast = last;
    this.#committedHash = hash;
    const segment = this.segments.at(-1) as Segment;
    segment.last = last;
    segment.bytes = this.#written;
    if (!this.failing) return;
    this.failing = false;
    this.#listener.working();
  }

  #failed(code: string): void {
    this.#failures += 1;
    if (!this.failing) {
      this.failing = true;
      this.#listener.failing(code);
    }
    for (const resolve of this.#attempted.splice(0)) resolve();
  }

  #abandoned(): boolean {
    return this.#closeBy !== Number.POSITIVE_INFINITY && performance.now() > this.#closeBy;
  }

  async #wait(waitMs: number): Promise<void> {
    if (this.#awake.signal.aborted) return pause(Math.min(waitMs, 100));
    await pause(waitMs, undefined, { signal: this.#awake.signal, ref: false }).catch(() => undefined);
  }
}

function recordsIn(chunks: readonly Chunk[]): number {
  return chunks.reduce((count, { first, last }) => count + last - first + 1, 0);
}
