// Who typed the right password and has a second factor to show: kept with the interaction, no session yet.
import type { Account } from "../accounts/account-store.ts";
import type { ArtifactStore } from "../artifacts/artifact-store.ts";
import { inTransaction } from "../database.ts";
import { holdGeneration } from "../sessions/generation.ts";

const PENDING = "PendingSignIn";
const PENDING_SECONDS = 600;

export class PendingSignIns {
  readonly #artifacts: ArtifactStore;

  constructor(artifacts: ArtifactStore) {
    this.#artifacts = artifacts;
  }

  /**
   * `uid`: of the interaction, which only its browser can go on with. `account`: as it was when its password was proven. Nothing is kept where its
   * sessions were ended since: that password may be another by now.
   */
  put(uid: string, { id, sessions_generation: generation }: Account): Promise<void> {
    return inTransaction(this.#artifacts.database, async (queries) => {
      if (!(await holdGeneration(queries, id, generation))) return;
      await this.#artifacts.put(PENDING, uid, { accountId: id }, PENDING_SECONDS, queries);
    });
  }

  async accountOf(uid: string): Promise<string | undefined> {
    const stored = await this.#artifacts.find(PENDING, uid);
    return stored === undefined ? undefined : this.#artifacts.open(stored)?.accountId;
  }

  async remove(uid: string): Promise<void> {
    await this.#artifacts.remove(PENDING, uid);
  }
}
