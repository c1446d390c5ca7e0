// The files of a spool: how they are named, and what a start finds in them: where the next record goes, and what is broken.
import { eventHash, NO_PREVIOUS } from "./chain.ts";
import type { SpoolFile, SpoolFiles } from "./files.ts";
import { readRecord, type StoredRecord } from "./record-line.ts";

const NAME = /^(\d{16})\.log$/;
export const LINE_BREAK = 0x0a;
/** As much as is read at once. */
export const BLOCK_BYTES = 1024 * 1024;

/** One file of records. Positions within it only grow. */
export interface Segment {
  readonly name: string;
  readonly first: number;
  /** The last record that readers may have; less than `first` while there is none. */
  last: number;
  /** Bytes that readers may have. */
  bytes: number;
}

export function segmentName(first: number): string {
  return `${String(first).padStart(16, "0")}.log`;
}

/** Where a segment begins, by its name; undefined where the file is none. */
export function segmentFirst(name: string): number | undefined {
  const found = NAME.exec(name);
  return found === null ? undefined : Number(found[1]);
}

export interface FoundSegments {
  /** Oldest first; the last one may be written on. */
  readonly segments: Segment[];
  /** Position of the last record, or 0. */
  readonly last: number;
  /** The hash that the next record names. */
  readonly previous: string;
  /** Bytes at the end of the last file that are no whole record: a write that never ended. */
  readonly tornBytes: number;
}

/** The first position that is there; undefined where no record is. */
export function firstThere({ segments: [oldest] }: FoundSegments): number | undefined {
  return oldest === undefined || oldest.last < oldest.first ? undefined : oldest.first;
}

/** Reads what is there. Nothing is changed. */
export async function findSegments(files: SpoolFiles): Promise<FoundSegments> {
  const names = (await files.list()).filter((name) => segmentFirst(name) !== undefined).sort();
  const segments: Segment[] = [];
  for (const name of names) segments.push({ name, first: segmentFirst(name) as number, last: 0, bytes: 0 });
  let found: { last: number; previous: string } | undefined;
  let tornBytes = 0;
  for (const [i, segment] of [...segments.entries()].toReversed()) {
    const file = await files.open(segment.name, "read");
    try {
      const next = segments[i + 1];
      segment.bytes = file.size;
      segment.last = next === undefined ? segment.first - 1 : next.first - 1;
      if (found !== undefined) continue;
      const { record, end } = await lastRecord(file);
      if (next === undefined) {
        tornBytes = file.size - end;
        segment.bytes = end;
      }
      if (record === undefined) continue;
      if (next === undefined) segment.last = record.position;
      found = { last: record.position, previous: eventHash(record.json) };
    } finally {
      await file.close();
    }
  }
  return { segments, last: found?.last ?? 0, previous: found?.previous ?? NO_PREVIOUS, tornBytes };
}

/** The last whole record, and where it ends. */
async function lastRecord(file: SpoolFile): Promise<{ record: StoredRecord | undefined; end: number }> {
  let record: StoredRecord | undefined;
  let end = 0;
  for (let offset = 0; ;) {
    const lines = await readLines(file, offset, file.size);
    if (lines.length === 0) return { record: record && { ...record, json: Buffer.from(record.json) }, end };
    for (let begin = 0; begin < lines.length;) {
      const lineEnd = lines.indexOf(LINE_BREAK, begin);
      const read = readRecord(lines, begin, lineEnd);
      begin = lineEnd + 1;
      if (read === undefined) continue;
      record = read;
      end = offset + begin;
    }
    offset += lines.length;
  }
}

/**
 * Whole lines from `from` on and before `to`: about as many as a block holds, at least one. Empty where there is none any
 * more: what follows the last line break is nobody's yet. `take` gives the memory: as many bytes, or more.
 */
export async function readLines(
  file: SpoolFile,
  from: number,
  to: number,
  take: (bytes: number) => Buffer = (bytes) => Buffer.allocUnsafeSlow(bytes),
): Promise<Buffer> {
  for (let size = BLOCK_BYTES; ; size *= 2) {
    const wanted = Math.min(size, to - from);
    if (wanted <= 0) return Buffer.alloc(0);
    const block = take(wanted).subarray(0, wanted);
    let length = 0;
    while (length < wanted) {
      const read = await file.read(block.subarray(length), from + length);
      if (read === 0) break;
      length += read;
    }
    const end = block.subarray(0, length).lastIndexOf(LINE_BREAK) + 1;
    if (end > 0 || length < size) return block.subarray(0, end);
  }
}

/** An empty file whose name stays. */
export async function beginSegment(files: SpoolFiles, name: string): Promise<SpoolFile> {
  const file = await files.open(name, "write");
  try {
    if (file.size > 0) await file.truncate(0);
    await files.syncFolder();
    return file;
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}
