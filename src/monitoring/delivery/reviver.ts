// Offers dead letters again where that was asked for, and takes them out of their file once they were taken.
import { type DeadLetter, readDeadLetters, removeDeadLetters } from "../spool/dead-letters.ts";
import type { SpoolFiles } from "../spool/files.ts";
import { readRetry, retryFile } from "../spool/retry-request.ts";
import type { CursorState } from "../spool/state-file.ts";
import type { Delivery, Destination } from "./destination.ts";

export interface ReviverOptions {
  readonly files: SpoolFiles;
  readonly destination: Destination;
  readonly deliver: (letters: readonly DeadLetter[]) => Promise<Delivery>;
  /** Changes the counts and makes them durable. */
  readonly count: (change: (cursor: CursorState) => void) => Promise<void>;
}

/**
 * Each step can be taken twice: letters that were taken are noted with the counts in one write, and leave their file after
 * it. A process that is killed between finds them noted.
 */
export async function revive(cursor: Readonly<CursorState>, options: ReviverOptions): Promise<boolean> {
  const { files, destination } = options;
  if (cursor.revived.length > 0) await forget(cursor.revived, options);
  const request = await readRetry(files, destination.name);
  if (request === undefined) return false;
  const wanted = request.ids === undefined ? undefined : new Set(request.ids);
  const letters = [...(await readDeadLetters(files, destination.name)).values()].filter(
    ({ id, position }) => position < cursor.next && (wanted?.has(id) ?? true),
  );
  for (const batch of batches(letters, destination)) {
    const delivery = await options.deliver(batch);
    // It is asked for again when the destination is there again.
    if (delivery.kind === "unavailable") return false;
    const taken = batch.filter((_, i) => delivery.outcomes[i] === "delivered").map(({ position }) => position);
    if (taken.length === 0) continue;
    await options.count((counts) => {
      // Letters from before these books are in none of their numbers.
      const counted = taken.filter((position) => position >= counts.from).length;
      counts.delivered += counted;
      counts.dead -= counted;
      counts.revived = taken;
    });
    await forget(taken, options);
  }
  await files.remove(retryFile(destination.name));
  return letters.length > 0;
}

async function forget(positions: readonly number[], { files, destination, count }: ReviverOptions): Promise<void> {
  await removeDeadLetters(files, destination.name, new Set(positions));
  await count((counts) => {
    counts.revived = [];
  });
}

function* batches(letters: readonly DeadLetter[], { recordsMax, bytesMax }: Destination): Generator<DeadLetter[]> {
  let batch: DeadLetter[] = [];
  let bytes = 0;
  for (const letter of letters) {
    if (batch.length > 0 && (batch.length >= recordsMax || bytes + letter.json.length > bytesMax)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(letter);
    bytes += letter.json.length;
  }
  if (batch.length > 0) yield batch;
}
