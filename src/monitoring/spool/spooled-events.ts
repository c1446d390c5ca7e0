// Reads what is in a spool's folder now, whether a gate works on it or not.
import type { SpoolFile, SpoolFiles } from "./files.ts";
import { readRecord, type StoredRecord } from "./record-line.ts";
import { LINE_BREAK, readLines, segmentFirst } from "./segments.ts";

export interface SpooledEvent extends StoredRecord {
  /** The file that it is in. */
  readonly segment: string;
}

/** Every record that can be read, in order, once. A segment that goes away meanwhile was delivered. */
export async function* spooledEvents(files: SpoolFiles): AsyncGenerator<SpooledEvent> {
  let last = 0;
  const names = await files.list().catch((): string[] => []);
  for (const segment of names.filter((name) => segmentFirst(name) !== undefined).sort()) {
    const file = await files.open(segment, "read").catch((): undefined => undefined);
    if (file === undefined) continue;
    try {
      for await (const record of recordsOf(file)) {
        if (record.position <= last) continue;
        last = record.position;
        yield { ...record, segment };
      }
    } finally {
      await file.close();
    }
  }
}

async function* recordsOf(file: SpoolFile): AsyncGenerator<StoredRecord> {
  for (let at = 0; ;) {
    const lines = await readLines(file, at, file.size);
    if (lines.length === 0) return;
    at += lines.length;
    for (let begin = 0, end = 0; begin < lines.length; begin = end + 1) {
      end = lines.indexOf(LINE_BREAK, begin);
      const record = readRecord(lines, begin, end);
      if (record !== undefined) yield record;
    }
  }
}
