// `portcullis audit verify`: whether the record is whole, or which event of it is the first that is not as it was written.
import type { Times, Verdict } from "../../monitoring/index.ts";
import { resolve } from "node:path";
import { coloursFor } from "../colours.ts";
import { EXIT_CANNOT_TELL, EXIT_FINDINGS, EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { judgeLevel, othersThan } from "./file-sink.ts";
import { shown } from "../report/input.ts";
import { judge, type Judgement } from "./judgement.ts";
import { signedNotes } from "./signed-notes.ts";
import { type AuditSource, auditSource } from "./sources.ts";

export async function verifyCommand(words: readonly string[], given: Given, io: Io): Promise<number> {
  const source = await auditSource(words, given, io);
  if (source.sink !== undefined) judgeLevel(source.sink);
  const notes = await signedNotes(source, given, io);
  const judgement = await judge({ source, notes, given, io });
  const { verdict, signed, missing, isWhole } = judgement;
  const { unsigned, others, isGiven } = signed;
  // Whoever names a copy counts on it, and could not tell that it was emptied.
  if (isWhole && !isGiven && given.text("checkpoints") !== undefined)
    throw new UsageError(
      `${notes.file} has no checkpoint`,
      "Name a file that has, or leave --checkpoints away to judge without.",
    );
  // Whoever takes them away must not leave the answer as it was; a gateway that has just begun has none yet.
  const unproven = isWhole && !isGiven ? notes.file : undefined;
  if (given.has("json")) {
    const isUnproven = unproven !== undefined;
    const judged = { isWhole: isWhole && !isUnproven, isUnproven, ...verdict, unsigned, others };
    io.stdout.write(`${JSON.stringify({ ...judged, missingCheckpoint: missing })}\n`);
  } else io.stdout.write(text(judgement, unproven, io) + notLookedAt(source, io));
  if (unproven !== undefined) return EXIT_CANNOT_TELL;
  return isWhole ? EXIT_OK : EXIT_FINDINGS;
}

function notLookedAt({ sink, loaded }: AuditSource, io: Io): string {
  const others = sink === undefined ? [] : othersThan(sink, loaded);
  return others
    .map(({ name, file }) => `not looked at: ${shown(resolve(io.cwd, file), io)} (--sink ${name})\n`)
    .join("");
}

const RANGES_SHOWN = 5;

function text({ verdict, signed, missing, isWhole, times }: Judgement, unproven: string | undefined, io: Io): string {
  const colours = coloursFor(io.stdout, io.env);
  const { finding, events, part, unchained, checkpoints, vouched, remembered, torn } = verdict;
  const lines: string[] = [];
  if (finding !== undefined) lines.push(`${colours.red(finding.what)}: ${finding.message}`);
  for (const one of torn) if (one !== finding) lines.push(`${colours.red(one.what)}: ${one.message}`);
  if (signed.unsigned > 0)
    lines.push(
      `${colours.red("unsigned")}: ${amount(signed.unsigned, "checkpoint is", "checkpoints are")} not signed by that key`,
    );
  if (missing !== undefined)
    lines.push(`${colours.red("truncated")}: the checkpoint of event ${missing} was written, and is gone`);
  if (events === 0) lines.push("there is no chained event: the chain comes with `monitoring.spool`");
  if (part?.events === 0)
    lines.push(`no event ${timesText(times)}: the record has events ${verdict.first} to ${verdict.last}`);
  else if (isWhole) {
    const word = unproven === undefined ? colours.green("whole") : colours.yellow("unproven");
    lines.push(`${word}${butFor(verdict)}: ${shownPart(verdict)}`);
  }
  for (const { sink, range, by } of verdict.explained.filter(({ kind }) => kind === "dropped").slice(0, RANGES_SHOWN))
    lines.push(`${sink} never got events ${range[0]} to ${range[1]}, which the spool dropped: event ${by} says so`);
  for (const { sink, range, by } of verdict.explained.filter(isInterval).slice(0, RANGES_SHOWN))
    lines.push(`${sink} was not there for events ${range[0]} to ${range[1]}: event ${by} says so`);
  for (const { range } of verdict.explained.filter(({ kind }) => kind === "held").slice(0, RANGES_SHOWN))
    lines.push(
      `the spool removed events ${range[0]} to ${range[1]} to make room: they are in hand, and delivered or told yet`,
    );
  if (unchained > 0)
    lines.push(
      `${amount(unchained, "line before them is", "lines before them are")} from a time without a chain: nobody vouches for them`,
    );
  if (signed.others > 0)
    lines.push(`${amount(signed.others, "note is", "notes are")} of another key, or torn: not counted`);
  if (vouched > 0)
    lines.push(
      `${checkpoints} ${checkpoints === 1 ? "checkpoint agrees" : "checkpoints agree, the last of them"} at event ${vouched}`,
    );
  else if (!signed.isGiven && isWhole) {
    const which =
      unproven === undefined
        ? "no checkpoint was looked at"
        : `${shown(unproven, io)} has no checkpoint, which the configuration asks for`;
    lines.push(`${which}: whoever can write these files could have written all of them anew`);
  }
  if (remembered.last > vouched)
    lines.push(
      `the spool's own memory agrees at ${amount(remembered.count, "event", "events, the last of them")} ${remembered.last}: nobody signed that`,
    );
  return `${lines.join("\n")}\n`;
}

/** Whether a sink was taken out and put back. */
function isInterval({ kind, range }: Verdict["explained"][number]): boolean {
  return kind === "began" && range[0] > 1;
}

function amount(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function timesText({ from, to }: Times): string {
  if (from === undefined) return `up to ${to ?? "now"}`;
  return to === undefined ? `since ${from}` : `from ${from} to ${to}`;
}

function shownPart({ first, last, part, ...verdict }: Verdict): string {
  if (part === undefined || part.first === first)
    return `events ${first} to ${part?.last ?? last}${begin({ first, last, part, ...verdict })}`;
  return `events ${part.first} to ${part.last}`;
}

function butFor({ dropped }: Verdict): string {
  if (dropped === 0) return "";
  return ` but for ${dropped} ${dropped === 1 ? "event that was" : "events that were"} dropped`;
}

function begin({ first, explained }: Verdict): string {
  if (first === 1) return "";
  const said = explained.filter((one) => one.kind === "retention" || (one.kind === "began" && !isInterval(one))).at(-1);
  if (said === undefined) return explained.length > 0 ? "" : ` (what was before ${first} is not here)`;
  const why =
    said.kind === "retention" ? `retention removed those up to ${said.range[1]}` : `${said.sink} was new then`;
  return ` (${why}: event ${said.by} says so)`;
}
