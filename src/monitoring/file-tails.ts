// The ends of audit files: which events they have, found again after a kill, or where a sink comes back.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { codeOf } from "./fault-fields.ts";
import { CHAIN_BYTES_MAX, eventHash, linkOf } from "./spool/chain.ts";
import type { HeldRun } from "./spool/spool-port.ts";
import { unpackedBytes } from "./unpacked-bytes.ts";

/** How far back files are searched for events that come again: more than is sent between two saves of the cursor. */
export const TAIL_BYTES = 8 * 1024 * 1024;
/** So much of a packed file is unpacked at most: whoever puts a larger one there holds up nothing. */
const UNPACKED_BYTES_MAX = 1024 * 1024 * 1024;
const ID = /"dataset":"portcullis\.[a-z]+","id":"([0-9A-Z]{26})"/g;
const LINE_BREAK = 0x0a;

/** The last event of a file that no sink writes to; undefined where it cannot be told. */
export async function endOfFile(place: string): Promise<HeldRun | undefined> {
  if (!isAbsolute(place)) return undefined;
  return runsOf([await lastBytes(place).catch(() => Buffer.alloc(0))]).at(-1);
}

/** Whole lines that are events, in the order in which they stand. */
export function runsOf(tails: readonly Buffer[]): HeldRun[] {
  const runs: HeldRun[] = [];
  for (const tail of tails) {
    for (let begin = 0, end = 0; (end = tail.indexOf(LINE_BREAK, begin)) >= 0; begin = end + 1) {
      const link = linkOf(tail.toString("latin1", Math.max(begin, end - CHAIN_BYTES_MAX), end));
      if (link === undefined) continue;
      const { position } = link;
      const run = runs.at(-1);
      const first = run?.last === position - 1 ? (runs.pop() as HeldRun).first : position;
      runs.push({ first, last: position, hash: eventHash(tail.subarray(begin, end)) });
    }
  }
  return runs;
}

export function idsOf(lines: Buffer): string[] {
  return [...lines.toString("latin1").matchAll(ID)].map((match) => match[1] as string);
}

/** The last bytes of a file that was rotated. It may be packed or removed at this moment. */
export async function tailOf(file: string): Promise<Buffer> {
  for (const name of file.endsWith(".gz") ? [file] : [file, `${file}.gz`]) {
    try {
      return await lastBytes(name);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }
  return Buffer.alloc(0);
}

function lastBytes(file: string): Promise<Buffer> {
  return file.endsWith(".gz") ? lastUnpacked(file) : lastWritten(file);
}

async function lastWritten(file: string): Promise<Buffer> {
  const opened = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await opened.stat();
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
    const { bytesRead } = await opened.read(bytes, 0, bytes.length, size - bytes.length);
    return bytes.subarray(0, bytesRead);
  } finally {
    await opened.close();
  }
}

async function lastUnpacked(file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  let all = 0;
  try {
    for await (const chunk of unpackedBytes(file)) {
      chunks.push(chunk);
      length += chunk.length;
      all += chunk.length;
      while (length - (chunks[0] as Buffer).length >= TAIL_BYTES) length -= (chunks.shift() as Buffer).length;
      if (all > UNPACKED_BYTES_MAX) return Buffer.alloc(0);
    }
  } catch (error) {
    // What somebody broke must not hold up what is to be written.
    if (codeOf(error)?.startsWith("Z_") !== true) throw error;
  }
  return Buffer.concat(chunks);
}
