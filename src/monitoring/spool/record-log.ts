// Writes records to segments, a group at a time: gathered for a moment, written, made durable, and only then shown to readers.
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { codeOf } from "../fault-fields.ts";
import type { SpoolFile } from "./files.ts";
import type { LogListener, RecordLogOptions } from "./record-log-port.ts";
import { type Chunk, RecordGroup, type RecordHead } from "./record-group.ts";
import { beginSegment, type FoundSegments, type Segment, segmentName } from "./segments.ts";
import { UnderWay } from "./under-way.ts";
import { bytesIn, type Progress, recordsIn, writeChunks } from "./written-chunks.ts";

/** With writing under 20 ms: younger events are what a killed process may lose. */
const DELAY_MS = 10;
const FLUSH_BYTES = 256 * 1024;
const RETRY_MS = 100;
const RETRY_MS_MAX = 5_000;
const CLOSE_MS = 2_000;

export class RecordLog {
  /** Oldest first. The last one is written. */
  readonly segments: Segment[];
  readonly group: RecordGroup;
  failing = false;
  /** Bytes that were taken from the group and are not committed yet. */
  #inFlight = 0;
  /** What was written while a sync was under way, and how far. */
  readonly #ahead: Chunk[] = [];
  #aheadProgress: Progress = { chunk: 0, offset: 0 };
  readonly #options: RecordLogOptions;
  readonly #listener: LogListener;
  #file: SpoolFile | undefined;
  /** Bytes of the segment that is written, those included that readers may not have yet. */
  #written = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the oldest of the group came: it waits no longer, whatever is under way meanwhile. */
  #waitingSinceMs = 0;
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
    if (this.group.bytes === 0) this.#waitingSinceMs = performance.now();
    this.group.add(json, length, head);
    if (this.#pump === undefined && this.group.bytes >= FLUSH_BYTES) this.#start();
    else if (this.#pump === undefined) this.#timer ??= setTimeout(this.#start, this.#dueInMs());
  }

  /** How long what waits may wait still; what comes next, where nothing does. */
  #dueInMs(): number {
    const { delayMs = DELAY_MS } = this.#options;
    if (this.group.bytes === 0) return delayMs;
    return Math.max(0, Math.ceil(this.#waitingSinceMs + delayMs - performance.now()));
  }

  /**
   * Lets go of the segment that is written where it is full and everything in it was delivered: else it would fill the spool
   * until the next event, which waits for room. False where it is still needed.
   */
  retire(confirmed: number, bytesMin = this.#options.segmentBytesMax): boolean {
    const last = this.segments.at(-1);
    const isIdle = this.#pump === undefined && this.group.bytes === 0;
    if (last === undefined || !isIdle || last.last >= confirmed || last.bytes < bytesMin) return false;
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
    const late = AbortSignal.timeout(closeMs + 500);
    // A pump that has just looked for the last time commits none of what came since.
    while (!late.aborted && !this.#abandoned() && (this.#pump !== undefined || this.group.bytes > 0)) {
      this.#start();
      await Promise.race([this.#pump, once(late, "abort")]);
    }
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
      if (this.group.bytes > 0 && !this.#abandoned()) this.#timer ??= setTimeout(this.#start, this.#dueInMs());
    });
  };

  async #run(): Promise<void> {
    do {
      const progress = this.#aheadProgress;
      this.#aheadProgress = { chunk: 0, offset: 0 };
      const chunks = [...this.#ahead.splice(0), ...this.#take()];
      if (chunks.length === 0) return;
      if (!(await this.#commit(chunks, progress))) return;
      this.#inFlight -= bytesIn(chunks);
      this.group.free(chunks);
      this.#listener.committed();
    } while (this.#goesOn());
  }

  #goesOn(): boolean {
    const isAwaited = this.#flushing > 0 || this.#closeBy !== Number.POSITIVE_INFINITY;
    const isDue = this.group.bytes > 0 && (this.group.bytes >= FLUSH_BYTES || this.#dueInMs() === 0);
    return this.#ahead.length > 0 || isDue || isAwaited;
  }

  #take(): Chunk[] {
    this.#inFlight += this.group.bytes;
    return this.group.take();
  }

  /** False when it gave up, which it does only while closing. */
  async #commit(chunks: readonly Chunk[], progress: Progress): Promise<boolean> {
    for (let waitMs = this.#options.retryMs ?? RETRY_MS; ; waitMs = Math.min(waitMs * 2, RETRY_MS_MAX)) {
      try {
        const file = await this.#fileFor(chunks[0] as Chunk, progress);
        await writeChunks(file, chunks, progress, this.#written, this.#wrote);
        const bytes = this.#written;
        if (this.#options.sync) await this.#sync(file, progress);
        this.#committed(chunks.at(-1) as Chunk, bytes);
        return true;
      } catch (error) {
        const code = codeOf(error) ?? "unknown";
        this.#failed(code);
        if (this.#abandoned()) {
          this.#givenUp += recordsIn(chunks) + recordsIn(this.#ahead);
          return false;
        }
        // The only file may be the oldest that has to go.
        const isLeft = this.#listener.mayLeave(code) && this.segments.length === 1;
        if (isLeft) await this.#leave(progress);
        if (!(await this.#listener.makeRoom(code, isLeft))) await this.#wait(waitMs);
      }
    }
  }

  readonly #wrote = (bytes: number): void => {
    this.#written += bytes;
  };

  /**
   * A sync that failed may have thrown the pages away and will succeed the next time all the same: what it was to make
   * durable is written again, elsewhere.
   */
  async #sync(file: SpoolFile, progress: Progress): Promise<void> {
    const syncing = file.sync();
    // Its failure is looked at below, when nothing is being written any more.
    await this.#writeAhead(file, new UnderWay(syncing));
    try {
      await syncing;
    } catch (error) {
      await this.#leave(progress);
      throw error;
    }
  }

  /** The file that is written stays as it is committed. */
  async #leave(progress: Progress): Promise<void> {
    const segment = this.segments.at(-1);
    const file = this.#file;
    Object.assign(progress, { chunk: 0, offset: 0 });
    this.#aheadProgress = { chunk: 0, offset: 0 };
    this.#file = undefined;
    await file?.close().catch(() => undefined);
    if (segment !== undefined && segment.last < segment.first) this.segments.pop();
  }

  /** While a slow disk syncs: what is written already survives the end of the process, if not yet the loss of power. */
  async #writeAhead(file: SpoolFile, sync: UnderWay): Promise<void> {
    for (;;) {
      await sync.wait(this.#dueInMs());
      if (sync.isOver || this.#written >= this.#options.segmentBytesMax) return;
      if (this.#dueInMs() > 0 || this.group.bytes === 0) continue;
      this.#ahead.push(...this.#take());
      try {
        await writeChunks(file, this.#ahead, this.#aheadProgress, this.#written, this.#wrote);
      } catch {
        // Where it stopped is where the next commit goes on, and tells of it.
        return;
      }
    }
  }

  /** The file of the last segment, or of a new one that begins with this position. */
  async #fileFor({ first, previous }: Chunk, progress: Progress): Promise<SpoolFile> {
    const { files, segmentBytesMax } = this.#options;
    const isBegun = progress.chunk > 0 || progress.offset > 0;
    if (this.#file !== undefined && (isBegun || this.#written < segmentBytesMax)) return this.#file;
    const old = this.#file;
    const name = segmentName(first);
    const file = await beginSegment(files, name);
    this.#file = file;
    this.#written = 0;
    this.segments.push({ name, first, last: first - 1, bytes: 0 });
    this.#listener.begun(first, previous);
    await old?.close().catch(() => undefined);
    return file;
  }

  #committed({ last, hash }: Chunk, bytes: number): void {
    this.#committedLast = last;
    this.#committedHash = hash;
    const segment = this.segments.at(-1) as Segment;
    segment.last = last;
    segment.bytes = bytes;
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

  #wait(waitMs: number): Promise<void> {
    const { signal } = this.#awake;
    if (signal.aborted) return pause(Math.min(waitMs, 100));
    return pause(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
