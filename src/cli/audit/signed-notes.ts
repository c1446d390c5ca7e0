// The checkpoints that a record is held against: whose key signed them, and where they are.
import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { noteSigner, noteVerifier, type NoteVerifier } from "../../cryptography/signed-note.ts";
import { type Checkpoint, openNotes } from "../../monitoring/index.ts";
import { type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import type { AuditSource } from "./sources.ts";

export interface Signed {
  readonly checkpoints: readonly Checkpoint[];
  /** Notes that say that the key signed them, which it did not; all of them, where it signed none. */
  readonly unsigned: number;
  /** Beside those: of another key, or torn. */
  readonly others: number;
  /** Whether there was any of them to look at. */
  readonly isGiven: boolean;
}

export interface SignedNotes {
  /** Undefined where there are none to look at. */
  readonly file: string | undefined;
  /** By the command line, or their key: it may be an older copy, or an earlier key. */
  readonly isNamed: boolean;
  /** As they are now. */
  readonly read: () => Promise<Signed>;
}

export async function signedNotes({ loaded }: AuditSource, given: Given, io: Io): Promise<SignedNotes> {
  const settings = loaded?.settings.monitoring.checkpoints;
  const named = given.text("checkpoints");
  const file = named === undefined ? settings?.file : resolve(io.cwd, named);
  const isNamed = named !== undefined || given.text("key") !== undefined;
  if (file === undefined) return { file, isNamed, read: () => Promise.resolve(NONE) };
  const key = await verifierOf(given.text("key"), settings?.key, io);
  return { file, isNamed, read: () => checkpointsOf(file, key, named !== undefined) };
}

const NONE: Signed = { checkpoints: [], unsigned: 0, others: 0, isGiven: false };

async function checkpointsOf(file: string, key: NoteVerifier, isNamed: boolean): Promise<Signed> {
  const isOdd = await stat(file).then(
    (found) => !found.isFile(),
    () => false,
  );
  if (isOdd) throw new UsageError(`${file} is no file of checkpoints`);
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    // A gateway that runs for the first time has not made any yet.
    if (!isNamed && (error as { code?: string }).code === "ENOENT") return "";
    throw new UsageError(`${file} cannot be read: ${(error as { code?: string }).code ?? "unknown error"}`);
  });
  const { checkpoints, forged, others } = openNotes(text, key);
  const isNone = checkpoints.length === 0;
  // A file without any says no more than none: whoever emptied it must not leave the answer as it was.
  const unsigned = isNone ? forged + others : forged;
  return { checkpoints, unsigned, others: isNone ? 0 : others, isGiven: !isNone || unsigned > 0 };
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
