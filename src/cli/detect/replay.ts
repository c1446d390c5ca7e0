// `portcullis detect --replay`: the rules over events that were stored, and what would have fired.
import { stat } from "node:fs/promises";
import path from "node:path";
import { codeOf, whyUnreadable } from "../../configuration/error-code.ts";
import { type Detection, Detector, storedObservation, type WatchedRule } from "../../monitoring/index.ts";
import { coloursFor } from "../colours.ts";
import { visible } from "../../monitoring/escaping.ts";
import { EXIT_CANNOT_TELL, EXIT_FINDINGS, EXIT_OK, type Given } from "../command.ts";
import type { Io } from "../io.ts";
import { momentOf } from "../moments.ts";
import { firstInEach } from "../report/first-in.ts";
import { fileBytes, lineBatches, unpacked } from "../report/lines.ts";
import { progressOn } from "../report/progress.ts";
import { watchedRules } from "./rules.ts";

const STANDARD_INPUT = "-";
/** More are counted: nobody reads them, and a record that was made up has millions. */
const FIRED_MAX = 10_000;

interface Replayed {
  events: number;
  broken: number;
  readonly troubles: string[];
  readonly fired: Fired[];
  /** Alerts beyond those. */
  more: number;
}

interface Fired {
  readonly time: string;
  readonly rule: string;
  readonly level: string;
  readonly title: string;
  readonly mode: string;
  readonly group: Detection["group"];
  readonly measured: number;
  readonly requests: readonly string[];
}

export async function replay(files: readonly string[], given: Given, io: Io): Promise<number> {
  const watched = await watchedRules(given, io);
  const replayed = await run(files, watched, io);
  if (given.has("json")) io.stdout.write(`${JSON.stringify(replayed)}\n`);
  else writeText(replayed, io);
  if (replayed.troubles.length > 0 || replayed.events === 0) return EXIT_CANNOT_TELL;
  return replayed.fired.length > 0 ? EXIT_FINDINGS : EXIT_OK;
}

async function run(named: readonly string[], watched: readonly WatchedRule[], io: Io): Promise<Replayed> {
  const replayed: Replayed = { events: 0, broken: 0, troubles: [], fired: [], more: 0 };
  const files = await inOrderOfTime(named, io);
  const detector = new Detector({ watched, text: "replay" });
  detector.listen((detection, mode) => {
    if (replayed.fired.length < FIRED_MAX) replayed.fired.push(firedOf(detection, mode));
    else replayed.more += 1;
  });
  const sizes = await Promise.all(
    files.map((file) =>
      stat(path.resolve(io.cwd, file)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  const bytesOfAll = sizes.reduce((sum, size) => sum + size, 0);
  const progress = progressOn(io.stderr);
  let bytes = 0;
  for (const file of files) {
    const source =
      file === STANDARD_INPUT
        ? (io.stdin as AsyncIterable<Buffer>)
        : fileBytes(path.resolve(io.cwd, file), (more) => {
            bytes += more;
            progress.show(bytes, bytesOfAll, replayed.events);
          });
    try {
      // oxlint-disable-next-line no-await-in-loop -- one file after the other, in the order of time
      for await (const { lines, skipped } of lineBatches(unpacked(source))) {
        replayed.broken += skipped;
        for (const line of lines) take(line, detector, replayed);
      }
    } catch (error) {
      const why = codeOf(error).startsWith("Z_")
        ? "the packed file is damaged or ends too early"
        : whyUnreadable(error);
      replayed.troubles.push(`${file}: ${why}`);
    }
  }
  progress.end();
  return replayed;
}

/** By their first events: a shell names `audit.ndjson` before what was rotated from it, and rules go by the time. */
async function inOrderOfTime(files: readonly string[], io: Io): Promise<readonly string[]> {
  if (files.length < 2 || files.includes(STANDARD_INPUT)) return files;
  const times = await firstInEach(
    files.map((file) => path.resolve(io.cwd, file)),
    timeOf,
  );
  const begun = files.map((file, i) => ({ file, atMs: times[i] }));
  // One without an event is read last.
  const { MAX_SAFE_INTEGER: never } = Number;
  return begun.sort((a, b) => (a.atMs ?? never) - (b.atMs ?? never)).map(({ file }) => file);
}

function timeOf(line: string): number | undefined {
  try {
    const observation = storedObservation(JSON.parse(line) as Record<string, unknown>);
    return observation === "unwatched" ? undefined : observation?.timeMs;
  } catch {
    return undefined;
  }
}

function take(line: string, detector: Detector, replayed: Replayed): void {
  if (line.trim() === "") return;
  try {
    const observation = storedObservation(JSON.parse(line) as Record<string, unknown>);
    if (observation === undefined) replayed.broken += 1;
    else {
      replayed.events += 1;
      if (observation !== "unwatched") detector.observe(observation);
    }
  } catch {
    replayed.broken += 1;
  }
}

function firedOf({ rule, group, measured, timeMs, examples }: Detection, mode: string): Fired {
  const { name, level, title } = rule;
  return { time: momentOf(timeMs), rule: name, level, title, mode, group, measured, requests: examples };
}

function writeText({ events, broken, troubles, fired, more }: Replayed, io: Io): void {
  const colours = coloursFor(io.stdout, io.env);
  for (const { time, rule, level, title, group, measured, requests } of fired) {
    const shown = level === "high" || level === "critical" ? colours.red(level) : colours.yellow(level);
    const who = Object.entries(group).map(([name, value]) => visible(`${name} ${value}`));
    io.stdout.write(`${time}  ${shown}  ${rule}: ${title}\n`);
    io.stdout.write(`  ${[...who, `measured ${Math.round(measured * 10) / 10}`].join(", ")}\n`);
    if (requests.length > 0) io.stdout.write(colours.dim(`  requests ${visible(requests.join(" "))}\n`));
  }
  for (const trouble of troubles) io.stdout.write(`${colours.red("unread")}  ${trouble}\n`);
  const left = broken === 0 ? "" : `; ${broken} lines are no events`;
  const count = fired.length + more;
  const shown = more === 0 ? "" : `, the first ${fired.length} of them shown`;
  io.stdout.write(`${events} events, ${count} ${count === 1 ? "alert" : "alerts"}${shown}${left}\n`);
}
