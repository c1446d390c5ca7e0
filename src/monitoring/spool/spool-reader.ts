// Reads a spool for one destination: record after record, over broken places, which it names.
import { SpareBuffers } from "../spare-buffers.ts";
import type { SpoolFile, SpoolFiles } from "./files.ts";
import { readRecord, type StoredRecord } from "./record-line.ts";
import { BLOCK_BYTES, LINE_BREAK, readLines, type Segment } from "./segments.ts";
import type { Range } from "./ranges.ts";

/** What stands next in the spool: a record, or positions of which there is none any more. */
export type Passed =
  | { readonly kind: "record"; readonly record: StoredRecord }
  | { readonly kind: "gap"; readonly range: Range; readonly segment: string | undefined };

/** A batch lies in two of them, or in three. */
const BLOCKS_MAX = 3;
const NOTHING = Buffer.alloc(0);

export class SpoolReader {
  readonly #files: SpoolFiles;
  /** As they are now: the spool adds to them and takes away. */
  readonly #segments: readonly Segment[];
  /** What is before it and in no segment is lost. */
  readonly #begunAt: number;
  #position: number;
  #gap: Extract<Passed, { kind: "gap" }> | undefined;
  #segment: Segment | undefined;
  #file: SpoolFile | undefined;
  #offset = 0;
  /** Lines that were read and not yet given out. */
  #lines: Buffer = NOTHING;
  #begin = 0;
  readonly #spare = new SpareBuffers({ bytes: BLOCK_BYTES, most: BLOCKS_MAX });
  /** What records that were given out lie in, and the one that is read. */
  #blocks: Buffer[] = [];

  constructor(files: SpoolFiles, segments: readonly Segment[], next: number, begunAt: number) {
    this.#files = files;
    this.#segments = segments;
    this.#position = next;
    this.#begunAt = begunAt;
  }

  /** What is before it was handed out, or passed. */
  get position(): number {
    return this.#position;
  }

  /** The next of what was loaded; undefined where `load` is to be asked. */
  next(): Passed | undefined {
    const gap = this.#gap;
    if (gap !== undefined) {
      this.#gap = undefined;
      this.#position = gap.range[1] + 1;
      return gap;
    }
    if (this.#segment !== undefined && !this.#segments.includes(this.#segment)) return undefined;
    while (this.#begin < this.#lines.length) {
      const begin = this.#begin;
      const end = this.#lines.indexOf(LINE_BREAK, begin);
      this.#begin = end + 1;
      const record = readRecord(this.#lines, begin, end);
      // What was written twice is passed once.
      if (record === undefined || record.position < this.#position) continue;
      if (record.position > this.#position) {
        // The record is for the call after the gap.
        this.#begin = begin;
        this.#setGap(record.position - 1, this.#segment?.name);
        return this.next();
      }
      this.#position = record.position + 1;
      return { kind: "record", record };
    }
    return undefined;
  }

  /** Loads more; false where everything was read. Rejects where the disk does. */
  async load(): Promise<boolean> {
    for (;;) {
      if (this.#segment !== undefined && !this.#segments.includes(this.#segment)) await this.#leave();
      this.#segment ??= this.#find();
      const segment = this.#segment;
      if (segment === undefined) return this.#passLost();
      if (segment.first > this.#position) return this.#setGap(segment.first - 1, undefined);
      // As it is now: it grows while it is read.
      const { last, bytes } = segment;
      if (await this.#readMore(segment, bytes)) return true;
      // Nothing more is in it: what it was to hold and did not is lost.
      if (last >= this.#position) return this.#setGap(last, segment.name);
      if (segment.last > last) continue;
      if (segment === this.#segments.at(-1)) return this.#passLost();
      await this.#leave();
    }
  }

  /** Of all that was given out only the bytes of these are still needed: other memory is used again. */
  release(needed: Iterable<StoredRecord>): void {
    if (this.#begin >= this.#lines.length) this.#lines = NOTHING;
    const kept = new Set<ArrayBufferLike>([this.#lines.buffer]);
    for (const { json } of needed) kept.add(json.buffer);
    const blocks = this.#blocks;
    this.#blocks = blocks.filter((block) => kept.has(block.buffer));
    for (const block of blocks) if (!kept.has(block.buffer)) this.#spare.giveBack(block);
  }

  async close(): Promise<void> {
    await this.#leave();
  }

  async #readMore(segment: Segment, to: number): Promise<boolean> {
    if (this.#offset >= to) return false;
    this.#file ??= await this.#files.open(segment.name, "read");
    this.#lines = await readLines(this.#file, this.#offset, to, this.#take);
    this.#begin = 0;
    this.#offset += this.#lines.length;
    if (this.#lines.length > 0) return true;
    this.#offset = to;
    return false;
  }

  readonly #take = (bytes: number): Buffer => {
    const block = this.#spare.take(bytes);
    this.#blocks.push(block);
    return block;
  };

  /** The segment that has the next position, or the first one after it. */
  #find(): Segment | undefined {
    return this.#segments.find(({ first, last }) => last >= first && last >= this.#position);
  }

  /** Behind the last record: what should be there and was never found. */
  #passLost(): boolean {
    return this.#position < this.#begunAt && this.#setGap(this.#begunAt - 1, undefined);
  }

  #setGap(last: number, segment: string | undefined): true {
    this.#gap = { kind: "gap", range: [this.#position, last], segment };
    return true;
  }

  async #leave(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#segment = undefined;
    this.#offset = 0;
    this.#lines = NOTHING;
    this.#begin = 0;
    await file?.close().catch(() => undefined);
  }
}
