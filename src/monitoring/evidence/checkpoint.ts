// A checkpoint (C2SP tlog-checkpoint): how many events there were at a moment and the hash of the last, signed, so that neither can be denied later.
import type { NoteSigner, NoteVerifier } from "../../cryptography/signed-note.ts";

export interface Checkpoint {
  /** Whose chain it is: the name of the key. */
  readonly origin: string;
  /** Position of the last event. */
  readonly count: number;
  /** SHA-256 of that event, in base64. */
  readonly hash: string;
  /** When it was made: RFC 3339. */
  readonly time: string;
}

const TEXT = /^(\S+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/]{43}=)\n(?:time (\S+)\n)?(?:\S[^\n]*\n)*$/;
/** Notes in a file: each ends with its signatures and an empty line. */
const BETWEEN = /(?<=\n\u2014 \S+ \S+\n)\n/u;

export function signCheckpoint({ count, hash, time }: Omit<Checkpoint, "origin">, signer: NoteSigner): string {
  return signer.sign(`${signer.name}\n${count}\n${hash}\ntime ${time}\n`);
}

/** Undefined where this key did not sign it, or it is no checkpoint. */
export function openCheckpoint(note: string, verifier: NoteVerifier): Checkpoint | undefined {
  const found = TEXT.exec(verifier.open(note) ?? "");
  if (found === null) return undefined;
  const [, origin, count, hash, time = ""] = found as unknown as [string, string, string, string, string?];
  return origin === verifier.name ? { origin, count: Number(count), hash, time } : undefined;
}

/** What a file of checkpoints holds. */
export interface Notes {
  readonly checkpoints: readonly Checkpoint[];
  /** Checkpoints that say that the key signed them, which it did not. */
  readonly forged: number;
  /** Those of another key, and what is left of one whose write broke off. */
  readonly others: number;
}

/** As the gateway writes them: nothing else counts as one that was changed. */
const OWN = /^\S+\n\d+\n[A-Za-z0-9+/]{43}=\ntime \S+\n$/;

export function openNotes(text: string, verifier: NoteVerifier): Notes {
  const checkpoints: Checkpoint[] = [];
  let [forged, others] = [0, 0];
  for (const note of notesOf(text)) {
    const whole = openCheckpoint(note, verifier);
    // What is left of a torn one stands before the next.
    const rest = note.slice(note.lastIndexOf(`\n${verifier.name}\n`) + 1);
    const checkpoint = whole ?? openCheckpoint(rest, verifier);
    if (checkpoint !== undefined) checkpoints.push(checkpoint);
    if (whole !== undefined) continue;
    if (checkpoint === undefined && isClaimed(rest, verifier)) forged += 1;
    else others += 1;
  }
  return { checkpoints, forged, others };
}

function isClaimed(note: string, verifier: NoteVerifier): boolean {
  const text = verifier.claimed(note);
  return text !== undefined && OWN.test(text) && text.startsWith(`${verifier.name}\n`);
}

/** The notes of a file of checkpoints. */
export function notesOf(text: string): string[] {
  return text.split(BETWEEN).filter((note) => note.trim() !== "");
}

export function byCount(checkpoints: readonly Checkpoint[]): Map<number, readonly Checkpoint[]> {
  const found = new Map<number, Checkpoint[]>();
  for (const checkpoint of checkpoints) {
    const { count } = checkpoint;
    const before = found.get(count);
    if (before === undefined) found.set(count, [checkpoint]);
    else before.push(checkpoint);
  }
  return found;
}
