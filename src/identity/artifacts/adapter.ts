// The protocol core's port to what it keeps: single use that is atomic, rotation that forgives a lost answer once, revocation that reaches tokens.
import { type Adapter, type AdapterPayload, errors, Provider } from "oidc-provider";
import type { Revocations } from "../revocation/revocations.ts";
import type { ArtifactPayload, ArtifactStore, StoredArtifact } from "./artifact-store.ts";
import { mayRepeat, repeat } from "./refresh-repetition.ts";

const REFRESH = "RefreshToken";

export class ArtifactAdapter implements Adapter {
  readonly #model: string;
  readonly #store: ArtifactStore;
  readonly #revocations: Revocations;

  constructor(model: string, store: ArtifactStore, revocations: Revocations) {
    this.#model = model;
    this.#store = store;
    this.#revocations = revocations;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const known = payload as unknown as ArtifactPayload;
    if (this.#model === "ReplayDetection") {
      if (!(await this.#store.putOnce(this.#model, id, known, expiresIn))) throw replayed();
      return;
    }
    // What a refresh token is exchanged for is known to the request only.
    const rotated = this.#model === REFRESH ? Provider.ctx?.oidc.entities.RotatedRefreshToken?.jti : undefined;
    await this.#store.put(this.#model, id, known, expiresIn, rotated);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.#payloadOf(await this.#store.find(this.#model, id));
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#payloadOf(await this.#store.findByUid(this.#model, uid));
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#payloadOf(await this.#store.findByUserCode(this.#model, userCode));
  }

  /** The core reads and then consumes: between the two another request may have. Only one goes on (RFC 6749 4.1.2). */
  async consume(id: string): Promise<void> {
    if (await this.#store.consume(this.#model, id)) return;
    if (this.#model === REFRESH && (await repeat(this.#store, this.#model, id))) return;
    throw replayed();
  }

  async destroy(id: string): Promise<void> {
    await this.#store.remove(this.#model, id);
  }

  /** Access tokens are signed, not kept: their grant goes to the gates' feed. */
  async revokeByGrantId(grantId: string): Promise<void> {
    if (this.#model === "AccessToken") await this.#revocations.revokeGrant(grantId);
    await this.#store.removeByGrant(this.#model, grantId);
  }

  async #payloadOf(stored: StoredArtifact | undefined): Promise<AdapterPayload | undefined> {
    if (stored === undefined) return undefined;
    const payload: AdapterPayload | undefined = this.#store.open(stored);
    if (payload === undefined || stored.consumed_at === null) return payload;
    if (this.#model === REFRESH && (await mayRepeat(this.#store, stored))) return payload;
    return { ...payload, consumed: stored.consumed_at };
  }
}

function replayed(): Error {
  return new errors.InvalidGrant("it was used already");
}
