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
