// Judges a record once, or again where it changed meanwhile: a gateway that works is never accused of what it did while it was looked at.
import { stat } from "node:fs/promises";
import {
  ChainVerifier,
  type Checkpoint,
  type Known,
  linkOf,
  placeOf,
  type Times,
  undelivered,
  type Verdict,
} from "../../monitoring/index.ts";
import { type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { sinceOf } from "../report/input.ts";
import type { Signed, SignedNotes } from "./signed-notes.ts";
import { takeSnapshot } from "./snapshot.ts";
import {
  type AuditLine,
  type AuditSource,
  fileLines,
  knownBehind,
  spoolBehind,
  spooledLines,
  spooledUpTo,
  undeliveredFrom,
} from "./sources.ts";

export interface Judgement {
  readonly verdict: Verdict;
  readonly signed: Signed;
  /** How many events the last checkpoint vouched for that was written to the file and is not there. */
  readonly missing: number | undefined;
  readonly isWhole: boolean;
  readonly times: Times;
}

interface Judged {
  readonly source: AuditSource;
  readonly notes: SignedNotes;
  readonly given: Given;
  readonly io: Io;
}

const TRIES = 5;
/** What may be said wrongly of a record that grew meanwhile, though no file came or went. */
const FLEETING: ReadonlySet<string | undefined> = new Set(["missing", "truncated", "foreign"]);

export async function judge(judged: Judged): Promise<Judgement> {
  for (let left = TRIES; ; left -= 1) {
    const before = await marksOf(judged);
    let judgement: Judgement | undefined;
    let failure: unknown;
    try {
      judgement = await judgeOnce(judged);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      failure = error;
    }
    if (judgement?.isWhole !== true && left > 1) {
      const { files, growth } = await marksOf(judged);
      if (files !== before.files) continue;
      if (growth !== before.growth && FLEETING.has(judgement?.verdict.finding?.what)) continue;
    }
    if (judgement === undefined) throw failure;
    return judgement;
  }
}

/** What is different where files came or went, and where there is more. */
async function marksOf({ source, notes }: Judged): Promise<{ readonly files: string; readonly growth: string }> {
  const files = await source.list().catch((): string[] => []);
  const next = await undeliveredFrom(source);
  const { size = 0 } = (notes.file === undefined ? undefined : await stat(notes.file).catch(() => undefined)) ?? {};
  return { files: files.join("\n"), growth: `${next} ${size}` };
}

async function judgeOnce({ source, notes, given, io }: Judged): Promise<Judgement> {
  const times = timesOf(given);
  const record = source.sink;
  // All that these speak of is in the files that are opened now, or in the spool.
  const known = await knownBehind(source);
  const signed = await notes.read();
  const sink = given.text("sink") ?? record?.name;
  const verifier = new ChainVerifier({ checkpoints: signed.checkpoints, remembered: rememberedOf(known), sink, times });
  const { files, last } = await takeSnapshot(source.list, io);
  let unended: AuditLine | undefined;
  try {
    const lines = fileLines(files, io, {
      last,
      tooLong: (where) => verifier.foreign(where, "longer than any event"),
      torn: (file, why) => verifier.torn(file, why),
      unended: (line) => (unended = line),
    });
    for await (const line of lines) verifier.line(line.text, line.where);
  } finally {
    await last?.close().catch(() => undefined);
  }
  const isReadOn = await readOn(verifier, source, known, unended);
  // What is behind what was read explains nothing and is not asked for.
  verifier.late((await notes.read()).checkpoints);
  // What others rotate, others remove.
  const isPart = times.from !== undefined || (record !== undefined && record.rotation === undefined);
  // After the files: whatever came to them was in the spool before.
  const spooled = await spooledUpTo(source, verifier.last);
  const verdict = verifier.end({ isLive: isReadOn, isPart, delivered: known, spooled });
  const missing = await missingCheckpoint(known, notes, signed);
  const isSigned = signed.unsigned === 0 && missing === undefined;
  const isWhole = verdict.finding === undefined && isSigned && verdict.events > 0;
  return { verdict, signed, missing, isWhole, times };
}

/** Whatever becomes of the checkpoints: whoever made the record anew must have made the spool's folder anew, too. */
function rememberedOf(known: Known | undefined): readonly Checkpoint[] {
  return (known?.anchors ?? []).map((anchor) => ({ origin: "", ...anchor }));
}

/** Whoever takes checkpoints away must not be able to cut off what only they vouch for. */
async function missingCheckpoint(
  known: Known | undefined,
  notes: SignedNotes,
  { checkpoints }: Signed,
): Promise<number | undefined> {
  const written = known?.signed;
  if (written === undefined || notes.file === undefined || notes.isNamed) return undefined;
  const placed = (file: string) => placeOf(file).catch(() => file);
  if ((await placed(notes.file)) !== (await placed(written.place))) return undefined;
  return checkpoints.some(({ count }) => count >= written.count) ? undefined : written.count;
}

/** Goes on in the spool. True where what comes next was delivered to the files meanwhile, behind what was read of them. */
async function readOn(
  verifier: ChainVerifier,
  source: AuditSource,
  known: Known | undefined,
  unended: AuditLine | undefined,
): Promise<boolean> {
  // Where an event is missing that was delivered before, nothing that happened meanwhile is the reason.
  const hasAll = known !== undefined && known.next <= verifier.last + 1;
  // Half a line is what a kill leaves of an event, wherever that is now: the next start cuts it off.
  const isHalf = known !== undefined && undelivered(verifier.last, known) === undefined;
  if (unended !== undefined && (!isHalf || linkOf(unended.text) !== undefined)) {
    verifier.line(unended.text, unended.where);
  }
  const isDelivered = async () => hasAll && (await undeliveredFrom(source)) > verifier.last + 1;
  for await (const line of spooledLines(source)) {
    const position = linkOf(line.text)?.position ?? 0;
    // Written to the file since its cursor was saved.
    if (position <= verifier.last) continue;
    if (position > verifier.last + 1 && (await isDelivered())) return true;
    verifier.line(line.text, line.where);
  }
  if (await isDelivered()) return true;
  const spool = spoolBehind(source);
  const held = (await knownBehind(source))?.held;
  if (spool !== undefined && held !== undefined) verifier.held(spool.sink, held);
  return false;
}

/** Until now is until the end. */
function timesOf(given: Given): Times {
  const nowMs = Date.now();
  const from = sinceOf(given.text("from"), nowMs, "from");
  const to = sinceOf(given.text("to"), nowMs, "to");
  return { from, to: to === undefined || Date.parse(to) >= nowMs ? undefined : to };
}
