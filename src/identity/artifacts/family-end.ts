// Ends all that came of a grant at once: an end that was cut off in the middle would be taken for a whole one by whoever asks again.
import { inTransaction } from "../database.ts";
import type { Revocations } from "../revocation/revocations.ts";
import type { ArtifactStore } from "./artifact-store.ts";

export class FamilyEnd {
  readonly #store: ArtifactStore;
  readonly #revocations: Revocations;
  /** By request: what it has ended or is about to. The core asks once for each kind of token. */
  readonly #ended = new WeakMap<object, Map<string, Promise<void>>>();

  constructor(store: ArtifactStore, revocations: Revocations) {
    this.#store = store;
    this.#revocations = revocations;
  }

  /** Codes and tokens; the signed ones by the gates' feed. */
  end(grantId: string, request: object | undefined): Promise<void> {
    if (request === undefined) return this.#end(grantId);
    let ofRequest = this.#ended.get(request);
    if (ofRequest === undefined) this.#ended.set(request, (ofRequest = new Map<string, Promise<void>>()));
    let ended = ofRequest.get(grantId);
    if (ended === undefined) ofRequest.set(grantId, (ended = this.#end(grantId)));
    return ended;
  }

  /** By one of its tokens, which may be gone already. */
  async endOf(model: string, id: string, request: object | undefined): Promise<void> {
    const stored = await this.#store.find(model, id);
    const grantId = stored === undefined ? undefined : this.#store.open(stored)?.grantId;
    return grantId === undefined ? this.#store.remove(model, id) : this.end(grantId, request);
  }

  /** And what the user allowed. Last: without it nobody finds out any more that there is something to end. */
  async endGrant(grantId: string, request: object | undefined): Promise<void> {
    await this.end(grantId, request);
    await this.#store.remove("Grant", grantId);
  }

  #end(grantId: string): Promise<void> {
    return inTransaction(this.#store.database, async (queries) => {
      await this.#revocations.revokeGrant(grantId, queries);
      await this.#store.removeByGrant(grantId, queries);
    });
  }
}
