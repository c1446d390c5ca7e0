// Dead letters: events that a destination refused for good, one file for each destination, each with its reason.
import type { SpooledRecord } from "../delivery/destination.ts";
import type { SpoolFile, SpoolFiles } from "./files.ts";
import { LINE_BREAK, readLines } from "./segments.ts";

/** One line of the file. */
export interface DeadLetter extends SpooledRecord {
  readonly reason: string;
  readonly diedMs: number;
  /** The event's own bytes, as they were offered. */
  readonly json: Buffer;
}

const NAME = /^dead-([a-z0-9-]{1,40})\.ndjson$/;
const REASON_CHARACTERS_MAX = 500;
const EVENT = ',"event":';

export function deadFile(destination: string): string {
  return `dead-${destination}.ndjson`;
}

/** Whose dead letters a file holds; undefined where it holds none. */
export function deadOwner(name: string): string | undefined {
  return NAME.exec(name)?.[1];
}

/** Adds letters to the file, durably. What a killed process left of a line is cut off first. */
export async function addDeadLetters(
  files: SpoolFiles,
  destination: string,
  dead: readonly { readonly record: SpooledRecord; readonly reason: string }[],
  diedMs: number,
): Promise<void> {
  const file = await files.open(deadFile(destination), "write");
  try {
    let at = await endOfLines(file);
    if (at < file.size) await file.truncate(at);
    if (file.size === 0) await files.syncFolder();
    const begin = at;
    const bytes = Buffer.concat(dead.map(({ record, reason }) => letterLine(record, reason, diedMs)));
    try {
      for (let offset = 0; offset < bytes.length;) {
        const written = await file.write(bytes, offset, at);
        offset += written;
        at += written;
      }
      await file.sync();
    } catch (error) {
      // They are written again, whole: whatever of them stays all the same counts once.
      await file.truncate(begin).catch(() => undefined);
      throw error;
    }
  } finally {
    await file.close();
  }
}

/** By position: one that died twice, as a process was killed between, counts once. */
export async function readDeadLetters(files: SpoolFiles, destination: string): Promise<Map<number, DeadLetter>> {
  const letters = new Map<number, DeadLetter>();
  const bytes = (await files.readAll(deadFile(destination))) ?? Buffer.alloc(0);
  for (let begin = 0, end = 0; (end = bytes.indexOf(LINE_BREAK, begin)) >= 0; begin = end + 1) {
    const letter = parseLetter(bytes.subarray(begin, end));
    if (letter !== undefined) letters.set(letter.position, letter);
  }
  return letters;
}

/** Positions from one on whose events were set aside already: their records may still be in the spool, and are not offered again. */
export async function setAsideFrom(files: SpoolFiles, destination: string, from: number): Promise<Set<number>> {
  const positions = new Set<number>();
  const name = deadFile(destination);
  if (!(await files.list()).includes(name)) return positions;
  const file = await files.open(name, "read");
  try {
    for (let at = 0; ;) {
      const lines = await readLines(file, at, file.size);
      if (lines.length === 0) return positions;
      at += lines.length;
      for (let begin = 0, end = 0; begin < lines.length; begin = end + 1) {
        end = lines.indexOf(LINE_BREAK, begin);
        const position = parseHead(lines.subarray(begin, end))?.position ?? 0;
        if (position >= from) positions.add(position);
      }
    }
  } finally {
    await file.close();
  }
}

/** Leaves out those of these positions. */
export async function removeDeadLetters(
  files: SpoolFiles,
  destination: string,
  positions: ReadonlySet<number>,
): Promise<void> {
  const kept = [...(await readDeadLetters(files, destination)).values()].filter(
    ({ position }) => !positions.has(position),
  );
  const lines = kept.map((letter) => letterLine(letter, letter.reason, letter.diedMs).toString("utf8"));
  await files.replace(deadFile(destination), lines.join(""));
}

async function endOfLines(file: SpoolFile): Promise<number> {
  const last = Buffer.alloc(1);
  if (file.size === 0 || ((await file.read(last, file.size - 1)) === 1 && last[0] === LINE_BREAK)) return file.size;
  for (let at = 0; ;) {
    const lines = await readLines(file, at, file.size);
    if (lines.length === 0) return at;
    at += lines.length;
  }
}

function letterLine(record: SpooledRecord, reason: string, diedMs: number): Buffer {
  const { position, id, timeMs } = record;
  const head = JSON.stringify({ position, id, timeMs, diedMs, reason: reason.slice(0, REASON_CHARACTERS_MAX) });
  // The event's own bytes: nothing is lost by reading and writing them again.
  return Buffer.concat([Buffer.from(head.slice(0, -1) + EVENT), record.json, Buffer.from("}\n")]);
}

function parseLetter(line: Buffer): DeadLetter | undefined {
  const head = parseHead(line);
  if (head === undefined) return undefined;
  const json = Buffer.from(line.subarray(line.indexOf(EVENT) + EVENT.length, line.length - 1));
  return { ...head, json };
}

function parseHead(line: Buffer): Omit<DeadLetter, "json"> | undefined {
  // In the reason's text its quotes would be escaped.
  const at = line.indexOf(EVENT);
  if (at < 0) return undefined;
  try {
    const head = JSON.parse(`${line.toString("utf8", 0, at)}}`) as Omit<DeadLetter, "json">;
    return Number.isSafeInteger(head.position) ? head : undefined;
  } catch {
    return undefined;
  }
}
