// Which records an audit command reads: the files that are named, else those of the configuration and what is still in its spool.
import { access, type FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import type { LoadedMonitoring } from "../../configuration/load-monitoring.ts";
import { diskFiles, type Known, knownOf, lastSpooled, spooledEvents, type SpoolFiles } from "../../monitoring/index.ts";
import { FILE_FAILURES } from "../../openapi/file-failures.ts";
import { type Given, UsageError } from "../command.ts";
import { loadMonitoringOnly } from "../configuration-flags.ts";
import type { Io } from "../io.ts";
import { fileBytes, lineBatches, unpacked } from "../report/lines.ts";
import { configuredFiles, type FileSinkSettings } from "../report/input.ts";
import { auditSink } from "./file-sink.ts";
import { inOrderOfChain } from "./named-files.ts";

export interface AuditLine {
  readonly text: string;
  /** `audit.ndjson:17` */
  readonly where: string;
}

export interface AuditSource {
  /** The file that is written now comes last. */
  readonly files: readonly string[];
  /** Which they are now. */
  readonly list: () => Promise<readonly string[]>;
  /** Undefined where files were named. */
  readonly loaded: LoadedMonitoring | undefined;
  /** The one of it that writes the files. */
  readonly sink: FileSinkSettings | undefined;
}

export async function auditSource(words: readonly string[], given: Given, io: Io): Promise<AuditSource> {
  if (words.length > 0) {
    const files = await inOrderOfChain(words, io.cwd);
    return { files, list: () => Promise.resolve(files), loaded: undefined, sink: undefined };
  }
  const loaded = await loadMonitoringOnly(given, io);
  const sink = auditSink(loaded, given);
  const list = () => configuredFiles(loaded, io, sink);
  return { files: await list(), list, loaded, sink };
}

export interface FileLineOptions {
  /** Of the last file up to so many bytes. */
  readonly bytesOfLast?: number | undefined;
  /** The last file, opened. */
  readonly last?: FileHandle | undefined;
  /** Told of the last line of the last file, where no line break ends it. */
  readonly unended?: (line: AuditLine) => void;
  /** Told of a line that is longer than any event, in its place between the others. */
  readonly tooLong?: (where: string) => void;
  /** Told of a file that breaks off, and why; the others are read all the same. */
  readonly torn?: (file: string, why: string) => void;
}

const LINE_BREAK = 0x0a;

/** What says that a file is not there for us, rather than broken. */
const NOT_OURS = new Set(["ENOENT", "EACCES", "EPERM", "EISDIR"]);

/** Every line of the files, oldest first. Throws UsageError for one that cannot be read. */
export async function* fileLines(
  files: readonly string[],
  io: Io,
  { bytesOfLast = Infinity, last, unended, torn, tooLong }: FileLineOptions = {},
): AsyncGenerator<AuditLine> {
  for (const file of files) {
    let number = 0;
    let bytesRead = 0;
    let lastByte = LINE_BREAK;
    try {
      const isLast = file === files.at(-1);
      const opened = isLast ? last : undefined;
      const bytes = fileBytes(opened ?? (await present(resolve(io.cwd, file))), (count) => (bytesRead += count));
      const wanted = unpacked(isLast ? upTo(bytes, bytesOfLast) : bytes);
      const seen = unended === undefined || !isLast ? wanted : noting(wanted, (byte) => (lastByte = byte));
      let held: AuditLine | undefined;
      for await (const { lines, skipped } of lineBatches(seen)) {
        if (skipped > 0) {
          if (held !== undefined) yield held;
          held = undefined;
          number += skipped;
          tooLong?.(`${file}:${number}`);
        }
        for (const text of lines) {
          number += 1;
          if (held !== undefined) yield held;
          held = { text, where: `${file}:${number}` };
        }
      }
      if (held !== undefined && lastByte !== LINE_BREAK) unended?.(held);
      else if (held !== undefined) yield held;
      // What is packed is never without a byte.
      if (bytesRead === 0 && file.endsWith(".gz")) torn?.(file, "it is empty");
    } catch (error) {
      const { code = "unknown error" } = error as { code?: string };
      if (torn === undefined || NOT_OURS.has(code)) {
        throw new UsageError(`${file} cannot be read to its end: ${FILE_FAILURES[code] ?? code}`);
      }
      torn(file, `${code} behind line ${number}`);
    }
  }
}

/** It may be packed just now, since the folder was read. */
async function present(file: string): Promise<string> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere || file.endsWith(".gz")) return file;
  return access(`${file}.gz`).then(
    () => `${file}.gz`,
    () => file,
  );
}

async function* noting(chunks: AsyncGenerator<Buffer>, note: (lastByte: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    if (chunk.length > 0) note(chunk[chunk.length - 1] as number);
    yield chunk;
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

/** The spool behind the files, and the sink that writes them. Undefined where their events do not come that way. */
export function spoolBehind({
  loaded,
  sink,
}: AuditSource): { readonly files: SpoolFiles; readonly sink: string } | undefined {
  const spool = loaded?.settings.monitoring.spool;
  return spool === undefined || sink === undefined ? undefined : { files: diskFiles(spool.folder), sink: sink.name };
}

/** What the spool knows of the files; undefined where there is none. */
export async function knownBehind(source: AuditSource): Promise<Known | undefined> {
  const spool = spoolBehind(source);
  return spool === undefined ? undefined : await knownOf(spool.files, spool.sink);
}

/** The last position that the spool ever had, as far as that matters; undefined where nobody can tell. */
export async function spooledUpTo(source: AuditSource, enough: number): Promise<number | undefined> {
  const spool = spoolBehind(source);
  return spool === undefined ? undefined : await lastSpooled(spool.files, enough);
}

/** Position of the first event that the files need not have. */
export async function undeliveredFrom(source: AuditSource): Promise<number> {
  return (await knownBehind(source))?.next ?? Number.POSITIVE_INFINITY;
}

/** What is spooled and was not written to the files yet. What they had and have no more is none of it. */
export async function* spooledLines(source: AuditSource): AsyncGenerator<AuditLine> {
  const spool = spoolBehind(source);
  if (spool === undefined) return;
  const next = await undeliveredFrom(source);
  for await (const { json, position, segment } of spooledEvents(spool.files)) {
    if (position >= next) yield { text: json.toString("utf8"), where: `${segment} of the spool` };
  }
}
