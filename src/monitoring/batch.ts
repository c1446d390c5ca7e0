// Lines on their way out: gathered in memory, one write at a time, bounded. What does not fit is dropped and told, never waited for.
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { codeOf } from "./fault-fields.ts";
import { LineBuffer } from "./line-buffer.ts";
import type { SinkListener } from "./sink.ts";

/**
 * Hands bytes from `offset` to the system; resolves to how many it took, rejects when it took none. Fewer than none: so many
 * that were taken before are to be handed again.
 */
export type Append = (chunk: Uint8Array, offset: number) => Promise<number>;

export interface BatchOptions {
  readonly append: Append;
  /** Longest time that a line waits before its write begins. */
  readonly delayMs?: number;
  /** Lines are written earlier when so many bytes wait. */
  readonly flushBytes?: number;
  /** About the most bytes that may wait or be on their way; beyond that lines are dropped. */
  readonly waitingBytesMax?: number;
  /** First and longest wait after a failed write. */
  readonly retryMs?: number;
  readonly retryMsMax?: number;
  /** How long `close` goes on trying where writing fails. */
  readonly closeMs?: number;
}

/** With the write itself under 20 ms: younger events are what a killed process may lose. */
const DELAY_MS = 10;
const FLUSH_BYTES = 128 * 1024;
const WAITING_BYTES_MAX = 16 * 1024 * 1024;
const RETRY_MS = 100;
const RETRY_MS_MAX = 5_000;
const CLOSE_MS = 2_000;
const LINE_BREAK = 0x0a;

export class Batch {
  readonly #append: Append;
  readonly #delayMs: number;
  readonly #flushBytes: number;
  readonly #waitingMax: number;
  readonly #retryMs: number;
  readonly #retryMsMax: number;
  readonly #closeMs: number;
  #listener: SinkListener | undefined;
  readonly #lines = new LineBuffer();
  /** Bytes handed to the write under way. */
  #inFlight = 0;
  #timer: NodeJS.Timeout | undefined;
  #pump: Promise<void> | undefined;
  #dropping = false;
  /** So many wait for all that was taken. */
  #flushing = 0;
  #failing = false;
  /** Lines of a chunk whose write was given up. */
  #givenUp = 0;
  #failures = 0;
  #attempted: (() => void)[] = [];
  #closeBy = Number.POSITIVE_INFINITY;
  #awake = new AbortController();

  constructor(options: BatchOptions) {
    this.#append = options.append;
    this.#delayMs = options.delayMs ?? DELAY_MS;
    this.#flushBytes = options.flushBytes ?? FLUSH_BYTES;
    this.#waitingMax = options.waitingBytesMax ?? WAITING_BYTES_MAX;
    this.#retryMs = options.retryMs ?? RETRY_MS;
    this.#retryMsMax = options.retryMsMax ?? RETRY_MS_MAX;
    this.#closeMs = options.closeMs ?? CLOSE_MS;
  }

  connect(listener: SinkListener): void {
    this.#listener = listener;
  }

  /** Whether no write is under way. */
  get idle(): boolean {
    return this.#pump === undefined;
  }

  /** Takes a line, or says that there is no room for it. */
  write(line: string): boolean {
    if (!this.#hasRoom(line.length)) return false;
    this.#lines.add(line);
    this.#startSoon();
    return true;
  }

  /** The same for a line as bytes, which are copied. */
  writeBytes(bytes: Buffer, length: number): boolean {
    if (!this.#hasRoom(length)) return false;
    this.#lines.addBytes(bytes, length);
    this.#startSoon();
    return true;
  }

  #hasRoom(length: number): boolean {
    if (this.#lines.size + this.#inFlight + length < this.#waitingMax && !this.#abandoned()) return true;
    this.#dropping = true;
    return false;
  }

  #startSoon(): void {
    if (this.#pump !== undefined) return;
    if (this.#lines.size >= this.#flushBytes) this.#start();
    else this.#timer ??= setTimeout(this.#start, this.#delayMs);
  }

  /** Resolves when what was taken has been handed on, or at the next failure. */
  async flush(): Promise<void> {
    const failures = this.#failures;
    this.#flushing += 1;
    // A pump that has just looked for the last time writes none of what came since: there is another one for that.
    while (this.#failures === failures && !this.#abandoned() && this.#hasWork()) {
      this.#start();
      await Promise.race([this.#pump, new Promise<void>((resolve) => this.#attempted.push(resolve))]);
    }
    this.#flushing -= 1;
  }

  #hasWork(): boolean {
    return this.#pump !== undefined || this.#lines.size > 0;
  }

  /** Hands on what it can within `closeMs`. */
  async close(): Promise<void> {
    this.#closeBy = Math.min(this.#closeBy, performance.now() + this.#closeMs);
    this.#awake.abort();
    // A write that never returns (a reader that stopped reading) must not hold the process.
    const late = new AbortController();
    const isLate = once(late.signal, "abort");
    const timer = setTimeout(() => late.abort(), this.#closeMs + 500);
    while (!late.signal.aborted && !this.#abandoned() && this.#hasWork()) {
      this.#start();
      await Promise.race([this.#pump, isLate]);
    }
    clearTimeout(timer);
    clearTimeout(this.#timer);
    this.#closeBy = Number.NEGATIVE_INFINITY;
    this.#tellLost();
  }

  /** What a write under way still holds may be written; what it gave up and what waits is not. */
  #tellLost(): void {
    let count = this.#givenUp;
    this.#givenUp = 0;
    for (let chunk = this.#lines.take(); chunk !== undefined; chunk = this.#lines.take()) count += linesIn(chunk, 0);
    if (count > 0) this.#listener?.lost(count);
  }

  #closing(): boolean {
    return this.#closeBy !== Number.POSITIVE_INFINITY;
  }

  #abandoned(): boolean {
    return this.#closing() && performance.now() > this.#closeBy;
  }

  readonly #start = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pump ??= this.#run().finally(() => {
      this.#pump = undefined;
      this.#attempted = [];
      if (this.#lines.size > 0 && !this.#abandoned()) this.#timer ??= setTimeout(this.#start, this.#delayMs);
    });
  };

  /** Writes a chunk; more only where much waits or somebody waits for it: many small writes cost more than the lines. */
  async #run(): Promise<void> {
    do {
      const chunk = this.#lines.take();
      if (chunk === undefined) return;
      this.#inFlight = chunk.length;
      const handed = await this.#hand(chunk);
      this.#inFlight = 0;
      this.#lines.free(chunk);
      if (!handed) return;
      if (this.#dropping && this.#lines.size < this.#waitingMax / 2) {
        this.#dropping = false;
        this.#listener?.room();
      }
    } while (this.#lines.size >= this.#flushBytes || this.#flushing > 0 || this.#closing());
  }

  /** False when it gave up, which it does only while closing. */
  async #hand(chunk: Uint8Array): Promise<boolean> {
    let offset = 0;
    let waitMs = this.#retryMs;
    while (offset < chunk.length) {
      try {
        offset += await this.#append(chunk, offset);
        if (this.#failing) {
          this.#failing = false;
          this.#listener?.working();
        }
        waitMs = this.#retryMs;
      } catch (error) {
        if (!this.#failing) {
          this.#failing = true;
          this.#listener?.failing(codeOf(error) ?? "unknown");
        }
        this.#failures += 1;
        for (const resolve of this.#attempted.splice(0)) resolve();
        if (this.#abandoned()) {
          this.#givenUp += linesIn(chunk, offset);
          return false;
        }
        await this.#wait(waitMs);
        waitMs = Math.min(waitMs * 2, this.#retryMsMax);
      }
    }
    return true;
  }

  /** Waits for the next try; closing shortens it. */
  async #wait(waitMs: number): Promise<void> {
    if (this.#awake.signal.aborted) return pause(Math.min(waitMs, 100));
    await pause(waitMs, undefined, { signal: this.#awake.signal, ref: false }).catch(() => undefined);
  }
}

function linesIn(chunk: Uint8Array, from: number): number {
  let count = 0;
  for (let at = chunk.indexOf(LINE_BREAK, from); at >= 0; at = chunk.indexOf(LINE_BREAK, at + 1)) count += 1;
  return count;
}
