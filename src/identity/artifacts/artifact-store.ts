// What the protocol core keeps between requests: codes, tokens, sessions, interactions. Sealed, found by keyed hashes only.
import type { Kysely, Selectable } from "kysely";
import type { Clock } from "../../core/clock.ts";
import { momentary } from "../../stores/momentary.ts";
import { type IdentityDatabase, inTransaction } from "../database.ts";
import type { Sealer } from "../sealing.ts";
import type { ArtifactTable, IdentityTables } from "../tables.ts";

/** A payload as the protocol core gives it: JSON with at least these members where they apply. */
export interface ArtifactPayload {
  readonly accountId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly grantId?: string | undefined;
  readonly uid?: string | undefined;
  readonly userCode?: string | undefined;
  readonly [name: string]: unknown;
}

export type StoredArtifact = Pick<
  Selectable<ArtifactTable>,
  "model" | "id_hash" | "payload" | "consumed_at" | "repeated_at" | "expires_at"
>;

const STORED = ["model", "id_hash", "payload", "consumed_at", "repeated_at", "expires_at"] as const;

const INTERACTION = "Interaction";

/** Of steps under way in a browser, which begins anew without them. What was used up of them is on disk: `consume`. */
const MOMENTARY_MODELS: ReadonlySet<string> = new Set([INTERACTION, "PasskeyChallenge", "PendingSignIn"]);

export class ArtifactStore {
  readonly database: IdentityDatabase;
  readonly sealer: Sealer;
  readonly #clock: Clock;

  constructor(database: IdentityDatabase, sealer: Sealer, clock: Clock) {
    this.database = database;
    this.sealer = sealer;
    this.#clock = clock;
  }

  nowSeconds(): number {
    return Math.floor(this.#clock.nowMs() / 1000);
  }

  /** `queries`: of a transaction that it belongs to. */
  async put(
    model: string,
    id: string,
    payload: ArtifactPayload,
    expiresInSeconds: number | undefined,
    queries: Kysely<IdentityTables> = this.database.queries,
  ): Promise<void> {
    const row = this.#rowOf(model, id, payload, expiresInSeconds);
    const { model: _, id_hash: __, ...changed } = row;
    await queries
      .insertInto("artifact")
      .values({ ...row, consumed_at: null, repeated_at: null })
      .onConflict((conflict) => conflict.columns(["model", "id_hash"]).doUpdateSet(changed))
      .$if(MOMENTARY_MODELS.has(model), (query) => query.modifyEnd(momentary))
      .execute();
  }

  /** Whether it was not there yet: of any number at once exactly one call puts it. */
  async putOnce(
    model: string,
    id: string,
    payload: ArtifactPayload,
    expiresInSeconds: number | undefined,
  ): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.database.queries
      .insertInto("artifact")
      .values(this.newRow(model, id, payload, expiresInSeconds))
      .onConflict((conflict) => conflict.columns(["model", "id_hash"]).doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  find(model: string, id: string): Promise<StoredArtifact | undefined> {
    return this.#findBy(model, "id_hash", this.sealer.hashes(model, id));
  }

  findByUid(model: string, uid: string): Promise<StoredArtifact | undefined> {
    return this.#findBy(model, "uid_hash", this.sealer.hashes("uid", uid));
  }

  findByUserCode(model: string, userCode: string): Promise<StoredArtifact | undefined> {
    return this.#findBy(model, "user_code_hash", this.sealer.hashes("user code", userCode));
  }

  /** The payload of a row, or undefined where it ended or was tampered with. */
  open({ model, id_hash, payload, expires_at }: StoredArtifact): ArtifactPayload | undefined {
    if (expires_at !== null && expires_at <= this.nowSeconds()) return undefined;
    const bytes = this.sealer.open(artifactContext(model, id_hash), payload);
    return bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as ArtifactPayload);
  }

  /** Whether this call was the one that consumed it: of any number at once exactly one is (compare and set). */
  async consume(model: string, id: string): Promise<boolean> {
    const { numUpdatedRows } = await this.database.queries
      .updateTable("artifact")
      .set({ consumed_at: this.nowSeconds() })
      .where("model", "=", model)
      .where("id_hash", "in", [...this.sealer.hashes(model, id)])
      .where("consumed_at", "is", null)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  async remove(model: string, id: string, queries: Kysely<IdentityTables> = this.database.queries): Promise<void> {
    await queries
      .deleteFrom("artifact")
      .where("model", "=", model)
      .where("id_hash", "in", [...this.sealer.hashes(model, id)])
      .$if(MOMENTARY_MODELS.has(model), (query) => query.modifyEnd(momentary))
      .execute();
  }

  /** Every code and token that came of a grant. An interaction that found it goes on without: somebody else may be signing in by it. */
  async removeByGrant(grantId: string, queries: Kysely<IdentityTables>): Promise<void> {
    await queries
      .deleteFrom("artifact")
      .where("model", "!=", INTERACTION)
      .where("grant_hash", "in", [...this.sealer.hashes("grant", grantId)])
      .execute();
  }

  /** What is open: codes, tokens, links, steps. */
  openOf(accountId: string) {
    return this.database.queries
      .selectFrom("artifact")
      .select(["model", "client_id", "expires_at"])
      .where("account_id", "=", accountId)
      .where("expires_at", ">", this.nowSeconds())
      .orderBy("model")
      .orderBy("expires_at")
      .execute();
  }

  async removeOfAccount(model: string, accountId: string): Promise<void> {
    await inTransaction(this.database, (queries) =>
      queries.deleteFrom("artifact").where("model", "=", model).where("account_id", "=", accountId).execute(),
    );
  }

  byAccount(model: string, accountId: string): Promise<readonly StoredArtifact[]> {
    return this.database.queries
      .selectFrom("artifact")
      .select(STORED)
      .where("model", "=", model)
      .where("account_id", "=", accountId)
      .execute();
  }

  /** A grant, with every code and token that came of it. */
  async removeGrant(grantId: string, queries: Kysely<IdentityTables>): Promise<void> {
    await this.removeByGrant(grantId, queries);
    await this.remove("Grant", grantId, queries);
  }

  /** Everything that an account has open: sessions, sign-ins under way, grants, tokens, links; but for one session, where that is to stay. */
  async removeByAccount(
    accountId: string,
    keptUid: string | undefined,
    queries: Kysely<IdentityTables>,
  ): Promise<void> {
    const kept = keptUid === undefined ? [""] : [...this.sealer.hashes("uid", keptUid)];
    await queries
      .deleteFrom("artifact")
      .where("account_id", "=", accountId)
      .where((where) =>
        where.or([where("model", "!=", "Session"), where("uid_hash", "is", null), where("uid_hash", "not in", kept)]),
      )
      .execute();
  }

  /** Everything that a client was given, of itself and for users. */
  async removeByClient(clientId: string): Promise<void> {
    await inTransaction(this.database, (queries) =>
      queries.deleteFrom("artifact").where("client_id", "=", clientId).execute(),
    );
  }

  /** Deletes what has ended. The number is how many rows that were. */
  async removeEnded(): Promise<number> {
    const { numDeletedRows } = await inTransaction(this.database, (queries) =>
      queries.deleteFrom("artifact").where("expires_at", "<=", this.nowSeconds()).executeTakeFirst(),
    );
    return Number(numDeletedRows);
  }

  /** Unused. `previousId`: the refresh token that this one takes the place of. */
  newRow(
    model: string,
    id: string,
    payload: ArtifactPayload,
    expiresInSeconds: number | undefined,
    previousId?: string,
  ) {
    return {
      ...this.#rowOf(model, id, payload, expiresInSeconds, previousId),
      consumed_at: null,
      repeated_at: null,
    };
  }

  #rowOf(
    model: string,
    id: string,
    payload: ArtifactPayload,
    expiresInSeconds: number | undefined,
    previousId?: string,
  ) {
    const { sealer } = this;
    const idHash = sealer.hash(model, id);
    const keyed = (purpose: string, text: string | undefined) =>
      text === undefined ? null : sealer.hash(purpose, text);
    return {
      model,
      id_hash: idHash,
      payload: sealer.seal(artifactContext(model, idHash), Buffer.from(JSON.stringify(payload))),
      grant_hash: keyed("grant", payload.grantId),
      uid_hash: keyed("uid", payload.uid),
      user_code_hash: keyed("user code", payload.userCode),
      previous_hash: keyed(model, previousId),
      account_id: payload.accountId ?? signedIn(payload) ?? null,
      client_id: payload.clientId ?? null,
      expires_at: expiresInSeconds === undefined ? null : this.nowSeconds() + expiresInSeconds,
    };
  }

  #findBy(
    model: string,
    column: "id_hash" | "uid_hash" | "user_code_hash",
    hashes: readonly string[],
  ): Promise<StoredArtifact | undefined> {
    return this.database.queries
      .selectFrom("artifact")
      .select(STORED)
      .where("model", "=", model)
      .where(column, "in", [...hashes])
      .executeTakeFirst();
  }
}

/** Whose sign-in an interaction has seen: it ends with the sessions of that account. */
function signedIn(payload: ArtifactPayload): string | undefined {
  const { login } = (payload["result"] ?? {}) as { login?: { accountId?: string } };
  return login?.accountId;
}

export function artifactContext(model: string, idHash: string): string {
  return `${model}\n${idHash}`;
}
