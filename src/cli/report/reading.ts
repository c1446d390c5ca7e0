// Reads audit files event by event: what is broken or foreign is counted, and how far it is shows on a terminal.
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { codeOf, whyUnreadable } from "../../configuration/error-code.ts";
import { readEvent, type SeenEvent } from "./event.ts";
import { fileBytes, lineBatches, unpacked } from "./lines.ts";

export interface Read {
  /** Names of what was read. */
  readonly files: string[];
  /** Events of exchanges. */
  events: number;
  /** Events of the gateway itself. */
  system: number;
  /** Exchanges before `since`. */
  older: number;
  broken: number;
  foreign: number;
  first: string;
  last: string;
  /** Files that could not be read to their end, and why. */
  readonly troubles: string[];
  wasStopped: boolean;
}

export interface ReadOptions {
  /** `-` is standard input. */
  readonly files: readonly string[];
  readonly cwd: string;
  /** Undefined where no file is `-`. */
  readonly stdin: Readable | undefined;
  /** RFC 3339 in UTC with milliseconds; earlier exchanges are left out. */
  readonly since: string | undefined;
  readonly stop: AbortSignal;
  readonly onEvent: (event: SeenEvent) => void;
  readonly onProgress: (bytes: number, bytesOfAll: number, events: number) => void;
}

export const STANDARD_INPUT = "-";

export async function readAudit(options: ReadOptions): Promise<Read> {
  const { files, cwd, stdin, stop, onProgress } = options;
  const read: Read = {
    files: [],
    events: 0,
    system: 0,
    older: 0,
    broken: 0,
    foreign: 0,
    first: "",
    last: "",
    troubles: [],
    wasStopped: false,
  };
  stop.addEventListener("abort", () => stdin?.destroy());
  const sizes = await Promise.all(
    files.map((file) =>
      stat(resolve(cwd, file)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  const bytesOfAll = sizes.reduce((sum, size) => sum + size, 0);
  let bytes = 0;
  for (const file of files) {
    if (stop.aborted) break;
    const source =
      file === STANDARD_INPUT
        ? (stdin as AsyncIterable<Buffer>)
        : fileBytes(resolve(cwd, file), (more) => {
            bytes += more;
            onProgress(bytes, bytesOfAll, read.events);
          });
    try {
      // oxlint-disable-next-line no-await-in-loop -- one file after the other, in the order of time
      await readOne(source, read, options);
      read.files.push(file);
    } catch (error) {
      if (!stop.aborted) read.troubles.push(`${file}: ${wordsFor(error)}`);
    }
  }
  read.wasStopped = stop.aborted;
  return read;
}

async function readOne(
  source: AsyncIterable<Buffer>,
  read: Read,
  { since, stop, onEvent }: ReadOptions,
): Promise<void> {
  for await (const { lines, skipped } of lineBatches(unpacked(source))) {
    read.broken += skipped;
    for (const line of lines) {
      if (line.trim() === "") continue;
      const event = readEvent(line);
      if (event === "broken" || event === "foreign") read[event] += 1;
      else if (event === "other") read.system += 1;
      else if (since !== undefined && event.timestamp < since) read.older += 1;
      else {
        read.events += 1;
        if (read.first === "" || event.timestamp < read.first) read.first = event.timestamp;
        if (event.timestamp > read.last) read.last = event.timestamp;
        onEvent(event);
      }
    }
    if (stop.aborted) return;
  }
}

/** What a packed file may be beyond unreadable. */
const PACKED: Readonly<Record<string, string>> = {
  Z_BUF_ERROR: "the packed file ends too early: what came before is in the report",
  Z_DATA_ERROR: "the packed file is damaged: what came before is in the report",
};

function wordsFor(error: unknown): string {
  return PACKED[codeOf(error)] ?? whyUnreadable(error);
}
