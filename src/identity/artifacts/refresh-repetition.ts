// Lets an honest client whose answer got lost use its last refresh token once more, and nobody else (RFC 9700 4.14.2).
import type { ArtifactStore, StoredArtifact } from "./artifact-store.ts";

/** How long after its use a refresh token may come again: a lost answer is asked for again at once. */
const REPETITION_SECONDS = 10;

/** Whether it was used just now, was not repeated yet, and what it was exchanged for was not used either. */
export async function mayRepeat(store: ArtifactStore, used: StoredArtifact): Promise<boolean> {
  if (!isRecent(store, used) || used.repeated_at !== null) return false;
  const successor = await store.database.queries
    .selectFrom("artifact")
    .select("consumed_at")
    .where("model", "=", used.model)
    .where("previous_hash", "=", used.id_hash)
    .executeTakeFirst();
  return successor !== undefined && successor.consumed_at === null;
}

/**
 * Takes the one repetition and its unused successor with it, so that there is one live successor whatever happens at once. False where
 * another request was faster.
 */
export function repeat(store: ArtifactStore, model: string, id: string): Promise<boolean> {
  const hashes = [...store.sealer.hashes(model, id)];
  return store.database.queries.transaction().execute(async (transaction) => {
    const taken = await transaction
      .updateTable("artifact")
      .set({ repeated_at: store.nowSeconds() })
      .where("model", "=", model)
      .where("id_hash", "in", hashes)
      .where("repeated_at", "is", null)
      .where("consumed_at", ">=", store.nowSeconds() - REPETITION_SECONDS)
      .executeTakeFirst();
    if (taken.numUpdatedRows !== 1n) return false;
    const removed = await transaction
      .deleteFrom("artifact")
      .where("model", "=", model)
      .where("previous_hash", "in", hashes)
      .where("consumed_at", "is", null)
      .executeTakeFirst();
    return removed.numDeletedRows === 1n;
  });
}

function isRecent(store: ArtifactStore, { consumed_at }: StoredArtifact): boolean {
  return consumed_at !== null && consumed_at >= store.nowSeconds() - REPETITION_SECONDS;
}
