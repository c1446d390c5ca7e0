// Which records an audit command reads: the files that are named, else those of the configuration and what is still in its spool.
import { resolve } from "node:path";
import type { LoadedSettings } from "../../configuration/load.ts";
import { diskFiles, readCursor, spooledEvents } from "../../monitoring/index.ts";
import { type Given, UsageError } from "../command.ts";
import { loadConfiguration } from "../configuration-flags.ts";
import type { Io } from "../io.ts";
import { fileBytes, lineBatches, unpacked } from "../report/lines.ts";
import { configuredFiles, fileSinkOf } from "../report/input.ts";

export interface AuditLine {
  readonly text: string;
  /** `audit.ndjson:17` */
  readonly where: string;
}

export interface AuditSource {
  /** The file that is written now comes last. */
  readonly files: readonly string[];
  /** Undefined where files were named. */
  readonly loaded: LoadedSettings | undefined;
}

export async function auditSource(words: readonly string[], given: Given, io: Io): Promise<AuditSource> {
  if (words.length > 0) return { files: words, loaded: undefined };
  const loaded = await loadConfiguration(given, io);
  return { files: await configuredFiles(loaded, io), loaded };
}

/** Every line of the files, oldest first; of the last one up to so many bytes. Throws UsageError for one that cannot be read. */
export async function* fileLines(files: readonly string[], io: Io, bytesOfLast = Infinity): AsyncGenerator<AuditLine> {
  for (const file of files) {
    let number = 0;
    try {
      const bytes = fileBytes(resolve(io.cwd, file), () => undefined);
      const wanted = file === files.at(-1) ? upTo(bytes, bytesOfLast) : bytes;
      for await (const { lines, skipped } of lineBatches(unpacked(wanted))) {
        number += skipped;
        for (const text of lines) {
          number += 1;
          if (text !== "") yield { text, where: `${file}:${number}` };
        }
      }
    } catch (error) {
      const { code = "unknown error" } = error as { code?: string };
      throw new UsageError(`${file} cannot be read to its end: ${code}`);
    }
  }
}

async function* upTo(chunks: AsyncGenerator<Buffer>, bytesMax: number): AsyncGenerator<Buffer> {
  let left = bytesMax;
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}

/** What is spooled and was not written to the files yet. What they had and have no more is none of it. */
export async function* spooledLines({ loaded }: AuditSource): AsyncGenerator<AuditLine> {
  const spool = loaded?.settings.monitoring.spool;
  const sink = fileSinkOf(loaded);
  if (spool === undefined || sink === undefined) return;
  const files = diskFiles(spool.folder);
  const next = (await readCursor(files, sink.name).catch(() => undefined))?.next ?? Number.POSITIVE_INFINITY;
  for await (const { json, position, segment } of spooledEvents(files)) {
    if (position >= next) yield { text: json.toString("utf8"), where: `${segment} of the spool` };
  }
}
