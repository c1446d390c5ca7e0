// Who typed the right password and has a second factor to show: kept with the interaction, no session yet.
import type { ArtifactStore } from "../artifacts/artifact-store.ts";

const PENDING = "PendingSignIn";
const PENDING_SECONDS = 600;

export class PendingSignIns {
  readonly #artifacts: ArtifactStore;

  constructor(artifacts: ArtifactStore) {
    this.#artifacts = artifacts;
  }

  /** `uid`: of the interaction, which only its browser can go on with. */
  async put(uid: string, accountId: string): Promise<void> {
    await this.#artifacts.put(PENDING, uid, { accountId }, PENDING_SECONDS);
  }

  async accountOf(uid: string): Promise<string | undefined> {
    const stored = await this.#artifacts.find(PENDING, uid);
    return stored === undefined ? undefined : this.#artifacts.open(stored)?.accountId;
  }

  async remove(uid: string): Promise<void> {
    await this.#artifacts.remove(PENDING, uid);
  }
}
