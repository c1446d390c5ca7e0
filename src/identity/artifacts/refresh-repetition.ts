// Lets an honest client whose answer got lost use its last refresh token once more, and nobody else (RFC 9700 4.14.2).
import { setTimeout as wait } from "node:timers/promises";
import { inTransaction } from "../database.ts";
import type { ArtifactPayload, ArtifactStore, StoredArtifact } from "./artifact-store.ts";

/** How long after its use a refresh token may come again: a lost answer is asked for again at once. */
const REPETITION_SECONDS = 10;
/** Between a use and its successor lie milliseconds. Whoever comes in between waits; a server that died in between leaves none. */
const SUCCESSOR_PATIENCE_MS = 1_000;
const LOOK_EVERY_MS = 20;

/**
 * What a use of a used refresh token is. repeatable: its answer may have got lost. repeated: that was forgiven already, and another one of so many
 * at once, as from an application that is open in several windows, is refused and no more. stolen: it comes late, or whoever had the answer has
 * used it; then the family ends.
 */
export type Reuse = "repeatable" | "repeated" | "stolen";

export async function reuseOf(store: ArtifactStore, used: StoredArtifact): Promise<Reuse> {
  if (!isRecent(store, used)) return "stolen";
  const isRepeated = used.repeated_at !== null;
  for (let waitedMs = 0; waitedMs < SUCCESSOR_PATIENCE_MS; waitedMs += LOOK_EVERY_MS) {
    const successor = await store.database.queries
      .selectFrom("artifact")
      .select("consumed_at")
      .where("model", "=", used.model)
      .where("previous_hash", "=", used.id_hash)
      .executeTakeFirst();
    if (successor !== undefined && successor.consumed_at !== null) return "stolen";
    if (isRepeated) return "repeated";
    if (successor !== undefined) break;
    await wait(LOOK_EVERY_MS);
  }
  return "repeatable";
}

/**
 * Takes the one repetition and its unused successor with it, so that there is one live successor whatever happens at once. False where
 * another request was faster.
 */
export function repeat(store: ArtifactStore, model: string, id: string): Promise<boolean> {
  const hashes = [...store.sealer.hashes(model, id)];
  return inTransaction(store.database, async (transaction) => {
    const taken = await transaction
      .updateTable("artifact")
      .set({ repeated_at: store.nowSeconds() })
      .where("model", "=", model)
      .where("id_hash", "in", hashes)
      .where("repeated_at", "is", null)
      .where("consumed_at", ">=", store.nowSeconds() - REPETITION_SECONDS)
      .executeTakeFirst();
    if (taken.numUpdatedRows !== 1n) return false;
    await transaction
      .deleteFrom("artifact")
      .where("model", "=", model)
      .where("previous_hash", "in", hashes)
      .where("consumed_at", "is", null)
      .execute();
    const used = await transaction
      .selectFrom("artifact")
      .select("id_hash")
      .where("model", "=", model)
      .where("previous_hash", "in", hashes)
      .executeTakeFirst();
    return used === undefined;
  });
}

/**
 * Puts what a refresh token was exchanged for, unless that was overtaken: by the family's end, or by a repetition that began before this
 * was there. `repeats`: whether this is the repetition.
 */
export function putSuccessor(
  store: ArtifactStore,
  model: string,
  id: string,
  payload: ArtifactPayload,
  expiresInSeconds: number | undefined,
  { previousId, repeats }: { readonly previousId: string; readonly repeats: boolean },
): Promise<boolean> {
  return inTransaction(store.database, async (transaction) => {
    // Writes nothing new: it holds the row, so that a repetition comes before or behind.
    const held = await transaction
      .updateTable("artifact")
      .set((column) => ({ repeated_at: column.ref("repeated_at") }))
      .where("model", "=", model)
      .where("id_hash", "in", [...store.sealer.hashes(model, previousId)])
      .where("repeated_at", repeats ? "is not" : "is", null)
      .executeTakeFirst();
    if (held.numUpdatedRows !== 1n) return false;
    await transaction
      .insertInto("artifact")
      .values(store.newRow(model, id, payload, expiresInSeconds, previousId))
      .execute();
    return true;
  });
}

function isRecent(store: ArtifactStore, { consumed_at }: StoredArtifact): boolean {
  return consumed_at !== null && consumed_at >= store.nowSeconds() - REPETITION_SECONDS;
}
