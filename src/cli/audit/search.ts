// `portcullis audit search` and `audit tail`: events of the record, as people or programs read them.
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { recordedLine } from "../../monitoring/index.ts";
import { coloursFor } from "../colours.ts";
import { EXIT_FINDINGS, EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { type Filter, filterOf } from "./filter.ts";
import { Follower } from "./follower.ts";
import { auditSource, type AuditLine, type AuditSource, fileLines, spooledLines } from "./sources.ts";

const LAST_DEFAULT = 20;
const LAST_MAX = 100_000;
const LOOK_EVERY_MS = 500;

/** Exit code 1 where there is none, as grep has it. */
export async function searchCommand(words: readonly string[], given: Given, io: Io): Promise<number> {
  const show = showing(given, io);
  let count = 0;
  for await (const line of allLines(await auditSource(words, given, io), io)) count += show(line.text) ? 1 : 0;
  return count > 0 ? EXIT_OK : EXIT_FINDINGS;
}

/** The last events; with `--follow` those that come, too. */
export async function tailCommand(words: readonly string[], given: Given, io: Io): Promise<number> {
  const most = Number(given.text("last") ?? LAST_DEFAULT);
  if (!Number.isInteger(most) || most < 0 || most > LAST_MAX)
    throw new UsageError(`--last ${given.text("last") ?? ""} is no count`);
  const show = showing(given, io);
  const isWanted = filterOf(given, Date.now());
  const source = await auditSource(words, given, io);
  const current = source.files.at(-1);
  const follower =
    given.has("follow") && current !== undefined ? await Follower.open(resolve(io.cwd, current)) : undefined;
  const kept: string[] = [];
  for await (const { text } of allLines(source, io, follower?.begin)) {
    if (most === 0 || isWanted(text) === undefined) continue;
    kept.push(text);
    if (kept.length > most * 2) kept.splice(0, kept.length - most);
  }
  for (const text of kept.slice(-most || kept.length)) show(text);
  if (follower !== undefined) await follow(follower, io, show);
  return EXIT_OK;
}

async function follow(follower: Follower, io: Io, show: (text: string) => boolean): Promise<void> {
  const over = new AbortController();
  void io.untilStopped().then(() => over.abort());
  while (!over.signal.aborted) {
    for (const text of await follower.more()) show(text);
    await pause(LOOK_EVERY_MS, undefined, { signal: over.signal }).catch(() => undefined);
  }
  await follower.close();
}

async function* allLines(source: AuditSource, io: Io, bytesOfLast?: number): AsyncGenerator<AuditLine> {
  yield* fileLines(source.files, io, { bytesOfLast });
  // What is spooled comes to the file that is followed.
  if (bytesOfLast === undefined) yield* spooledLines(source);
}

/** Shows a line that is looked for; false for all others. */
function showing(given: Given, io: Io): (text: string) => boolean {
  const filter: Filter = filterOf(given, Date.now());
  const isColoured = coloursFor(io.stdout, io.env).red("") !== "";
  return (text) => {
    const event = filter(text);
    if (event === undefined) return false;
    io.stdout.write(`${given.has("json") ? text : recordedLine(event, isColoured)}\n`);
    return true;
  };
}
