// Dead letters: events that a destination refused for good, one file for each destination, each with its reason.
import type { StoredRecord } from "./record-line.ts";
import type { SpoolFile, SpoolFiles } from "./files.ts";
import { readLines, LINE_BREAK } from "./segments.ts";

const REASON_CHARACTERS_MAX = 500;

function deadFile(destination: string): string {
  return `dead-${destination}.ndjson`;
}

/** Adds letters to the file, durably. What a killed process left of a line is cut off first. */
export async function addDeadLetters(
  files: SpoolFiles,
  destination: string,
  dead: readonly { readonly record: StoredRecord; readonly reason: string }[],
  diedMs: number,
): Promise<void> {
  const file = await files.open(deadFile(destination), "write");
  try {
    let at = await endOfLines(file);
    if (at < file.size) await file.truncate(at);
    if (file.size === 0) await files.syncFolder();
    const bytes = Buffer.concat(dead.map(({ record, reason }) => letterLine(record, reason, diedMs)));
    for (let offset = 0; offset < bytes.length;) {
      const written = await file.write(bytes, offset, at);
      offset += written;
      at += written;
    }
    await file.sync();
  } finally {
    await file.close();
  }
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

function letterLine(record: StoredRecord, reason: string, diedMs: number): Buffer {
  const { position, id, timeMs, level } = record;
  const shown = reason.slice(0, REASON_CHARACTERS_MAX);
  const head = JSON.stringify({ position, id, timeMs, level, diedMs, reason: shown });
  // The event's own bytes, as they were: nothing is lost by reading and writing them again.
  return Buffer.concat([Buffer.from(`${head.slice(0, -1)},"event":`), record.json, Buffer.from("}\n")]);
}
