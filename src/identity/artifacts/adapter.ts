// The protocol core's port to what it keeps: single use that is atomic, rotation that forgives a lost answer once, revocation that reaches tokens.
import type { IncomingMessage } from "node:http";
import { type Adapter, type AdapterPayload, errors, Provider } from "oidc-provider";
import { PROOF_AHEAD_SECONDS } from "../provider/proofs-of-keys.ts";
import { browserWords, networkOf } from "../sessions/browser-words.ts";
import type { FreshSignIn, SessionOrigin, SessionStore } from "../sessions/session-store.ts";
import { clientAddress } from "../server/client-address.ts";
import type { ArtifactPayload, ArtifactStore, StoredArtifact } from "./artifact-store.ts";
import type { FamilyEnd } from "./family-end.ts";
import { putSuccessor, repeat, type Reuse, reuseOf } from "./refresh-repetition.ts";

const REFRESH = "RefreshToken";
const SESSION = "Session";
const INTERACTION = "Interaction";
const REVOCABLE = new Set([REFRESH, "AccessToken"]);

export interface AdapterParts {
  readonly artifacts: ArtifactStore;
  readonly familyEnd: FamilyEnd;
  readonly sessions: SessionStore;
  /** What stands for the browser of a request, by the cookie of its forms. */
  readonly browserMark: (request: IncomingMessage) => string | undefined;
}

/** The requests that repeat a refresh, from where they find the token used. */
const REPEATING = new WeakSet<object>();

/** The requests that give a session another identifier, with the one before. */
const RENAMED = new WeakMap<object, string>();

export class ArtifactAdapter implements Adapter {
  readonly #model: string;
  readonly #store: ArtifactStore;
  readonly #familyEnd: FamilyEnd;
  readonly #sessions: SessionStore;
  readonly #browserMark: AdapterParts["browserMark"];

  constructor(model: string, { artifacts, familyEnd, sessions, browserMark }: AdapterParts) {
    this.#model = model;
    this.#store = artifacts;
    this.#familyEnd = familyEnd;
    this.#sessions = sessions;
    this.#browserMark = browserMark;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const known = payload as unknown as ArtifactPayload;
    if (this.#model === "ReplayDetection") {
      const kept = expiresIn === undefined ? undefined : expiresIn + PROOF_AHEAD_SECONDS;
      if (!(await this.#store.putOnce(this.#model, id, known, kept))) throw replayed();
      return;
    }
    if (this.#model === SESSION) return this.#sessions.keep(id, known, expiresIn, origin(), previousName());
    if (this.#model === REFRESH && payload.sessionUid !== undefined) await this.#sessions.seen(payload.sessionUid);
    // What a refresh token is exchanged for is known to the request only.
    const { ctx } = Provider;
    const previousId = this.#model === REFRESH ? ctx?.oidc.entities.RotatedRefreshToken?.jti : undefined;
    if (ctx === undefined || previousId === undefined) return this.#store.put(this.#model, id, known, expiresIn);
    const how = { previousId, repeats: REPEATING.has(ctx) };
    if (!(await putSuccessor(this.#store, this.#model, id, known, expiresIn, how))) throw replayed();
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const payload = await this.#payloadOf(await this.#store.find(this.#model, id));
    return this.#model === INTERACTION && this.#isOfAnotherBrowser(payload) ? undefined : payload;
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
    if (this.#model !== REFRESH || !(await this.#repeat(id))) throw replayed();
  }

  /**
   * A session that gets another identifier loses the old one here, and is saved behind that: nothing may come in between. A token that is
   * revoked ends its family here: whoever asks again after a failure finds no token any more, and is told that it is done (RFC 7009 2.2).
   */
  async destroy(id: string): Promise<void> {
    const { ctx } = Provider;
    const current = this.#model === SESSION ? ctx?.oidc.session?.jti : undefined;
    if (ctx !== undefined && current !== undefined && current !== id) {
      RENAMED.set(ctx, id);
      return;
    }
    if (this.#model === SESSION) return this.#sessions.endByName(id);
    if (this.#model === "Grant") return this.#familyEnd.endGrant(id, ctx);
    if (REVOCABLE.has(this.#model)) return this.#familyEnd.endOf(this.#model, id, ctx);
    await this.#store.remove(this.#model, id);
  }

  /** Called for each kind of token at once. */
  revokeByGrantId(grantId: string): Promise<void> {
    return this.#familyEnd.end(grantId, Provider.ctx);
  }

  /**
   * A sign-in is gone on with where it was shown. The cookies that name it live below a path, where a neighbour of this host may have put its own
   * ones: by them somebody would be signed in as the neighbour. The cookie of forms is one that no neighbour can set.
   */
  #isOfAnotherBrowser(payload: AdapterPayload | undefined): boolean {
    const { ctx } = Provider;
    const { login, browser } = payload?.result ?? {};
    return ctx?.oidc.route === "resume" && login !== undefined && browser !== this.#browserMark(ctx.req);
  }

  async #repeat(id: string): Promise<boolean> {
    const used = await this.#store.find(this.#model, id);
    return used !== undefined && (await this.#reuseOf(used)) === "repeatable" && repeat(this.#store, this.#model, id);
  }

  /** Looked at twice only where it was used in between. */
  async #reuseOf(used: StoredArtifact): Promise<Reuse> {
    const { ctx } = Provider;
    if (ctx === undefined) return "stolen";
    if (REPEATING.has(ctx)) return "repeatable";
    const reuse = await reuseOf(this.#store, used);
    if (reuse === "repeatable") REPEATING.add(ctx);
    return reuse;
  }

  async #payloadOf(stored: StoredArtifact | undefined): Promise<AdapterPayload | undefined> {
    if (stored === undefined) return undefined;
    const payload: AdapterPayload | undefined = this.#store.open(stored);
    if (payload === undefined || stored.consumed_at === null) return payload;
    // Of one that was repeated already nothing is told here, for which the core would end the family: `consume` refuses it.
    if (this.#model === REFRESH && (await this.#reuseOf(stored)) !== "stolen") return payload;
    return { ...payload, consumed: stored.consumed_at };
  }
}

function previousName(): string | undefined {
  return Provider.ctx === undefined ? undefined : RENAMED.get(Provider.ctx);
}

/** Who asks, and whether somebody signed in by that. Undefined outside of the core's own requests. */
function origin(): SessionOrigin | FreshSignIn | undefined {
  const context = Provider.ctx;
  if (context === undefined) return undefined;
  const { req, oidc } = context;
  const from = { browser: browserWords(req), network: networkOf(clientAddress(req)) };
  return oidc.result?.login === undefined ? from : { ...from, generation: oidc.result["generation"] };
}

function replayed(): Error {
  return new errors.InvalidGrant("it was used already");
}
