// Records that wait to be written: as they will stand in the segment, numbered, chained and sealed when they come.
import type { Level } from "../classification.ts";
import { SpareBuffers } from "../spare-buffers.ts";
import { CHAIN_BYTES_MAX, chainText, eventHash } from "./chain.ts";
import { HEADER_BYTES, seal, writeHeader } from "./record-line.ts";
import { LINE_BREAK } from "./segments.ts";

/** What a record is beside its event. */
export interface RecordHead {
  readonly id: Uint8Array;
  readonly timeMs: number;
  readonly level: Level;
  /** Whether the event's last member is `portcullis`. */
  readonly hasPortcullis: boolean;
}

export interface Chunk {
  readonly buffer: Buffer;
  length: number;
  /** Positions of its records, and the hash that the first of them names. */
  readonly first: number;
  readonly previous: string;
  last: number;
  /** Hash of the last of them. */
  hash: string;
}

/** While a slow disk syncs, several are on their way. */
const SPARE_MAX = 8;

export class RecordGroup {
  /** Position of the next record, and the hash of the one before it. */
  next: number;
  previous: string;
  /** Bytes that wait. */
  bytes = 0;
  #chunks: Chunk[] = [];
  readonly #spare = new SpareBuffers({ most: SPARE_MAX });

  constructor(next: number, previous: string) {
    this.next = next;
    this.previous = previous;
  }

  /** Takes an event: `length` bytes of JSON without a line break, copied. */
  add(json: Uint8Array, length: number, head: RecordHead): void {
    const chunk = this.#chunkFor(HEADER_BYTES + length + CHAIN_BYTES_MAX + 1);
    const { buffer } = chunk;
    const begin = chunk.length;
    const position = this.next;
    writeHeader(buffer, begin, { position, timeMs: head.timeMs, level: head.level, id: head.id });
    const jsonBegin = begin + HEADER_BYTES;
    const kept = length - (head.hasPortcullis ? 2 : 1);
    buffer.set(kept === json.length ? json : json.subarray(0, kept), jsonBegin);
    let end = jsonBegin + kept;
    end += buffer.write(chainText(position, this.previous, head.hasPortcullis), end, "latin1");
    this.previous = eventHash(buffer.subarray(jsonBegin, end));
    seal(buffer, begin, end);
    buffer[end] = LINE_BREAK;
    chunk.length = end + 1;
    chunk.last = position;
    chunk.hash = this.previous;
    this.next = position + 1;
    this.bytes += end + 1 - begin;
  }

  /** All that waits. Whoever took chunks gives them back with `free`. */
  take(): Chunk[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.bytes = 0;
    return chunks;
  }

  free(chunks: readonly Chunk[]): void {
    for (const { buffer } of chunks) this.#spare.giveBack(buffer);
  }

  #chunkFor(bytesMax: number): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.buffer.length - last.length >= bytesMax) return last;
    const buffer = this.#spare.take(bytesMax);
    const chunk = {
      buffer,
      length: 0,
      first: this.next,
      previous: this.previous,
      last: this.next - 1,
      hash: this.previous,
    };
    this.#chunks.push(chunk);
    return chunk;
  }
}
