// `portcullis audit verify`: whether the record is whole, or which event of it is the first that is not as it was written.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { noteSigner, noteVerifier, type NoteVerifier } from "../../cryptography/signed-note.ts";
import {
  ChainVerifier,
  type Checkpoint,
  linkOf,
  notesOf,
  openCheckpoint,
  type Verdict,
} from "../../monitoring/index.ts";
import { coloursFor } from "../colours.ts";
import { EXIT_FINDINGS, EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { fileSinkOf, sinceOf } from "../report/input.ts";
import { type AuditLine, auditSource, type AuditSource, fileLines, spooledLines } from "./sources.ts";

export async function verifyCommand(words: readonly string[], given: Given, io: Io): Promise<number> {
  const source = await auditSource(words, given, io);
  const from = sinceOf(given.text("from"), Date.now());
  const to = sinceOf(given.text("to"), Date.now());
  const signed = await checkpointsOf(source, given, io);
  const record = fileSinkOf(source.loaded);
  const verifier = new ChainVerifier({ checkpoints: signed.checkpoints, sink: given.text("sink") ?? record?.name });
  const lines = fileLines(source.files, io, { torn: (file, why) => verifier.torn(file, why) });
  for await (const line of within(lines, from, to)) verifier.line(line.text, line.where);
  if (to === undefined) {
    const last = verifier.last;
    for await (const line of within(spooledLines(source), from, to)) {
      // Written to the file since its cursor was saved.
      if ((linkOf(line.text)?.position ?? 0) > last) verifier.line(line.text, line.where);
    }
  }
  // What others rotate, others remove.
  const isPart = from !== undefined || (record !== undefined && record.rotation === undefined);
  const verdict = verifier.end({ isLive: to !== undefined, isPart });
  const isWhole = verdict.finding === undefined && signed.unsigned === 0 && verdict.events > 0;
  if (given.has("json")) io.stdout.write(`${JSON.stringify({ isWhole, ...verdict, unsigned: signed.unsigned })}\n`);
  else io.stdout.write(text(verdict, signed, isWhole, io));
  return isWhole ? EXIT_OK : EXIT_FINDINGS;
}

interface Signed {
  readonly checkpoints: readonly Checkpoint[];
  /** Notes that the key did not sign. */
  readonly unsigned: number;
  /** Whether there was a file of them to look at. */
  readonly isGiven: boolean;
}

/** From the first line of that time on, to the last. */
async function* within(
  lines: AsyncGenerator<AuditLine>,
  from: string | undefined,
  to: string | undefined,
): AsyncGenerator<AuditLine> {
  let hasBegun = from === undefined;
  for await (const line of lines) {
    const time = /^\{"@timestamp":"([^"]{24})"/.exec(line.text)?.[1];
    hasBegun ||= time !== undefined && time >= (from as string);
    if (to !== undefined && time !== undefined && time > to) return;
    if (hasBegun) yield line;
  }
}

async function checkpointsOf({ loaded }: AuditSource, given: Given, io: Io): Promise<Signed> {
  const settings = loaded?.settings.monitoring.checkpoints;
  const named = given.text("checkpoints");
  const file = named === undefined ? settings?.file : resolve(io.cwd, named);
  if (file === undefined) return { checkpoints: [], unsigned: 0, isGiven: false };
  const key = await verifierOf(given.text("key"), settings?.key, io);
  const bytes = await readFile(file, "utf8").catch((error: unknown) => {
    // A gateway that runs for the first time has not made any yet.
    if (named === undefined && (error as { code?: string }).code === "ENOENT") return "";
    throw new UsageError(`${file} cannot be read: ${(error as { code?: string }).code ?? "unknown error"}`);
  });
  const notes = notesOf(bytes);
  const checkpoints = notes.map((note) => openCheckpoint(note, key)).filter((one) => one !== undefined);
  return { checkpoints, unsigned: notes.length - checkpoints.length, isGiven: true };
}

async function verifierOf(given: string | undefined, configured: string | undefined, io: Io): Promise<NoteVerifier> {
  const remedy = "It is what portcullis audit key showed: orders+1a2b3c4d+AX…";
  if (given !== undefined) {
    const text = given.includes("+") ? given : await readFile(resolve(io.cwd, given), "utf8").catch(() => "");
    const verifier = noteVerifier(text) ?? noteVerifier(noteSigner(text)?.publicText ?? "");
    if (verifier === undefined) throw new UsageError(`--key ${given} is no public key`, remedy);
    return verifier;
  }
  const verifier = noteVerifier(noteSigner(configured ?? "")?.publicText ?? "");
  if (verifier === undefined) throw new UsageError("checkpoints need the public key: --key", remedy);
  return verifier;
}

const RANGES_SHOWN = 5;

function text(verdict: Verdict, signed: Signed, isWhole: boolean, io: Io): string {
  const colours = coloursFor(io.stdout, io.env);
  const { finding, events, first, last, unchained, checkpoints, vouched, torn } = verdict;
  const lines: string[] = [];
  if (finding !== undefined) lines.push(`${colours.red(finding.what)}: ${finding.message}`);
  for (const one of torn) if (one !== finding) lines.push(`${colours.red(one.what)}: ${one.message}`);
  if (signed.unsigned > 0)
    lines.push(`${colours.red("unsigned")}: ${signed.unsigned} checkpoints are not signed by that key`);
  if (events === 0) lines.push("there is no chained event: the chain comes with `monitoring.spool`");
  if (isWhole) lines.push(`${colours.green("whole")}${butFor(verdict)}: events ${first} to ${last}${begin(verdict)}`);
  for (const { sink, range, by } of verdict.explained.filter(({ kind }) => kind === "dropped").slice(0, RANGES_SHOWN))
    lines.push(`${sink} never got events ${range[0]} to ${range[1]}, which the spool dropped: event ${by} says so`);
  if (unchained > 0)
    lines.push(`${unchained} events before them are from a time without a chain: nobody vouches for them`);
  if (vouched > 0) lines.push(`${checkpoints} checkpoints agree, the last of them at event ${vouched}`);
  else if (!signed.isGiven && isWhole) {
    lines.push("no checkpoint was looked at: whoever can write these files could have written all of them anew");
  }
  return `${lines.join("\n")}\n`;
}

function butFor({ dropped }: Verdict): string {
  if (dropped === 0) return "";
  return ` but for ${dropped} ${dropped === 1 ? "event that was" : "events that were"} dropped`;
}

function begin({ first, explained }: Verdict): string {
  if (first === 1) return "";
  const said = explained.filter(({ kind }) => kind !== "dropped").at(-1);
  if (said === undefined) return explained.length > 0 ? "" : ` (what was before ${first} is not here)`;
  const why =
    said.kind === "retention" ? `retention removed those up to ${said.range[1]}` : `${said.sink} was new then`;
  return ` (${why}: event ${said.by} says so)`;
}
