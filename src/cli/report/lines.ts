// Reads lines of files or standard input in batches, packed or not, with bounded memory.
import { type FileHandle, open } from "node:fs/promises";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { LINE_BYTES_MAX, PACKED_RATIO_MAX, READ_ON_BYTES_MAX, UNPACKED_BYTES_MAX } from "./limits.ts";

export interface Batch {
  readonly lines: readonly string[];
  /** Lines that are too long to be read. */
  readonly skipped: number;
}

const CHUNK_BYTES = 256 * 1024;
const LINE_BREAK = 0x0a;

/** What nobody wrote as a record: whoever has it read on pays nothing for that, as a file with a hole in it has any size. */
function noRecord(): Error {
  return Object.assign(new Error("no record"), { code: "EFBIG" });
}

/** The bytes of a file; `onBytes` is told how many were read, before they are unpacked. */
export async function* fileBytes(file: string | FileHandle, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  const handle = typeof file === "string" ? await open(file, "r") : file;
  try {
    for (;;) {
      // A buffer of its own for each: the one before may still be on its way through.
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES);
      if (bytesRead === 0) return;
      onBytes(bytesRead);
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** Unpacks what begins as gzip does, whatever it is called. Where it is not read to its end, neither is the source: that is closed. */
export async function* unpacked(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    yield* unpackedFrom(chunks);
  } finally {
    await chunks.return?.();
  }
}

async function* unpackedFrom(chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  const first = await chunks.next();
  if (first.done === true) return;
  const rest = (async function* () {
    yield first.value;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  })();
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield* rest;
    return;
  }
  const packed = Readable.from(rest);
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  packed.on("error", (error) => gunzip.destroy(error));
  let bytes = 0;
  for await (const chunk of packed.pipe(gunzip) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > UNPACKED_BYTES_MAX && bytes > gunzip.bytesWritten * PACKED_RATIO_MAX) throw noRecord();
    yield chunk;
  }
}

/** Lines without their breaks; a last line without one counts too. Throws where a line has no end. */
export async function* lineBatches(source: AsyncIterable<Buffer>): AsyncGenerator<Batch> {
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let isTooLong = false;
  for await (const chunk of source) {
    const end = chunk.lastIndexOf(LINE_BREAK);
    if (end < 0) {
      if (!isTooLong) kept.push(chunk);
      keptBytes += chunk.length;
    } else {
      const begin = chunk.indexOf(LINE_BREAK);
      const isCut = isTooLong || keptBytes + begin > LINE_BYTES_MAX;
      const whole = isCut ? chunk.subarray(begin + 1, end) : Buffer.concat([...kept, chunk.subarray(0, end)]);
      const lines = isCut && begin === end ? [] : whole.toString("utf8").split("\n");
      yield { lines, skipped: isCut ? 1 : 0 };
      kept = [chunk.subarray(end + 1)];
      keptBytes = chunk.length - end - 1;
      isTooLong = false;
    }
    if (keptBytes > READ_ON_BYTES_MAX) throw noRecord();
    if (keptBytes > LINE_BYTES_MAX) {
      isTooLong = true;
      kept = [];
    }
  }
  if (isTooLong) yield { lines: [], skipped: 1 };
  else if (keptBytes > 0) yield { lines: [Buffer.concat(kept).toString("utf8")], skipped: 0 };
}
