// Sessions as their holders see and end them. One that was ended stays so, whatever request was under way with it meanwhile.
import type { Selectable, Transaction } from "kysely";
import { randomUUID } from "node:crypto";
import type { ArtifactPayload, ArtifactStore } from "../artifacts/artifact-store.ts";
import { inTransaction } from "../database.ts";
import type { Revocations } from "../revocation/revocations.ts";
import type { IdentityTables, SessionTable } from "../tables.ts";
import { holdGeneration } from "./generation.ts";

export type SessionEntry = Readonly<Omit<Selectable<SessionTable>, "account_id" | "uid_hash">>;

/** Where a browser came from, in the words that are kept of it. */
export interface SessionOrigin {
  readonly browser: string;
  readonly network: string;
}

/** A sign-in that was completed in this request. `generation`: of the account when the sign-in was proven. */
export interface FreshSignIn extends SessionOrigin {
  readonly generation: unknown;
}

type Queries = Transaction<IdentityTables>;

const MODEL = "Session";

export class SessionStore {
  readonly #artifacts: ArtifactStore;
  readonly #revocations: Revocations;

  constructor(artifacts: ArtifactStore, revocations: Revocations) {
    this.#artifacts = artifacts;
    this.#revocations = revocations;
  }

  /**
   * Keeps the protocol's record, unless the session was ended since this request read it. `origin` is a FreshSignIn where somebody
   * signed in just now: only that begins a session, and only if none of the account's were ended since the password was typed.
   * `previousId`: what the session was called before; whatever dies in between, one of the two is there.
   */
  async keep(
    id: string,
    payload: ArtifactPayload,
    expiresInSeconds: number | undefined,
    origin: SessionOrigin | FreshSignIn | undefined,
    previousId?: string,
  ): Promise<void> {
    const { accountId, uid } = payload;
    await inTransaction(this.#artifacts.database, async (queries) => {
      const isKept =
        accountId === undefined ||
        uid === undefined ||
        (await this.#goOn(queries, accountId, uid, origin)) ||
        (origin !== undefined && "generation" in origin && (await this.#begin(queries, accountId, uid, origin)));
      // Behind the session's row, as whoever ends it: else the two wait for each other.
      if (previousId !== undefined) await this.#artifacts.remove(MODEL, previousId, queries);
      if (isKept) await this.#artifacts.put(MODEL, id, payload, expiresInSeconds, queries);
    });
  }

  /** Those that have not ended, the last used first. */
  list(accountId: string): Promise<readonly SessionEntry[]> {
    return this.#alive(accountId)
      .select(["session.id", "session.browser", "session.network", "session.created_at", "session.seen_at"])
      .orderBy("session.seen_at", "desc")
      .orderBy("session.id")
      .execute();
  }

  /** What stands for this session in the list. */
  async entryOf(accountId: string, uid: string): Promise<string | undefined> {
    const row = await this.#alive(accountId)
      .select("session.id")
      .where("session.uid_hash", "in", this.#hashes(uid))
      .executeTakeFirst();
    return row?.id;
  }

  /** With all that clients were given in it. Whether the account had it. */
  end(accountId: string, id: string): Promise<boolean> {
    return this.#changing(accountId, async (queries) => {
      const rows = await this.#rows(queries, accountId).where("id", "=", id).execute();
      await this.#endRows(queries, rows);
      return rows.length > 0;
    });
  }

  /** How many that were. `uid`: of the one that stays, with its applications. */
  endOthers(accountId: string, uid: string): Promise<number> {
    return this.#changing(accountId, async (queries) => {
      const rows = await this.#rows(queries, accountId).where("uid_hash", "not in", this.#hashes(uid)).execute();
      await this.#endRows(queries, rows);
      return rows.length;
    });
  }

  /** By the protocol's own sign-out: at once with its record, so that a request that still has the session does not bring it back. */
  async endByName(id: string): Promise<void> {
    const stored = await this.#artifacts.find(MODEL, id);
    const { accountId, uid } = (stored === undefined ? undefined : this.#artifacts.open(stored)) ?? {};
    if (accountId === undefined || uid === undefined) return this.#artifacts.remove(MODEL, id);
    return this.#changing(accountId, async (queries) => {
      const rows = await this.#rows(queries, accountId).where("uid_hash", "in", this.#hashes(uid)).execute();
      await this.#endRows(queries, rows);
      await this.#artifacts.remove(MODEL, id, queries);
    });
  }

  /** By what its tokens call it, `sid`: the session with all that clients were given in it. Whether the account had it. */
  async endByTokens(accountId: string, sid: string): Promise<boolean> {
    const grants = await this.#artifacts.byAccount("Grant", accountId);
    const ids = grants.flatMap((stored) => this.#artifacts.open(stored)?.["jti"] ?? []) as string[];
    const grant = ids.find((id) => this.#revocations.isSessionOf(id, sid));
    if (grant === undefined) return false;
    return this.#changing(accountId, async (queries) => {
      const sessions = await queries
        .selectFrom("artifact")
        .selectAll()
        .where("model", "=", MODEL)
        .where("account_id", "=", accountId)
        .execute();
      const hashes = sessions
        .filter((stored) => grantsOf(this.#artifacts.open(stored)).includes(grant))
        .flatMap(({ uid_hash }) => uid_hash ?? []);
      if (hashes.length > 0) {
        await this.#endRows(queries, await this.#rows(queries, accountId).where("uid_hash", "in", hashes).execute());
      }
      // It may have outlived the session of the browser.
      await this.#revocations.revokeGrant(grant, queries);
      await this.#artifacts.removeGrant(grant, queries);
      return true;
    });
  }

  /** Every session, grant, code, token and link of the account, but for the session that is to stay. `also`: at once with it. */
  endAll(accountId: string, keptUid?: string, also?: (queries: Queries) => Promise<void>): Promise<void> {
    return this.#changing(accountId, async (queries) => {
      await this.#revocations.revokeAccount(accountId, queries);
      const kept = keptUid === undefined ? [""] : this.#hashes(keptUid);
      await queries
        .deleteFrom("session")
        .where("account_id", "=", accountId)
        .where("uid_hash", "not in", kept)
        .execute();
      await this.#artifacts.removeByAccount(accountId, keptUid, queries);
      await also?.(queries);
    });
  }

  /** Something came that belongs to it, such as a refresh token. */
  async seen(uid: string): Promise<void> {
    const now = this.#artifacts.nowSeconds();
    await this.#artifacts.database.queries
      .updateTable("session")
      .set({ seen_at: now })
      .where("uid_hash", "in", this.#hashes(uid))
      .where("seen_at", "<", now - SEEN_EVERY_SECONDS)
      .execute();
  }

  /** Rows whose session ran out. */
  async removeEnded(): Promise<void> {
    const { queries } = this.#artifacts.database;
    await queries
      .deleteFrom("session")
      // Between two records of one session there is none for a moment.
      .where("seen_at", "<", this.#artifacts.nowSeconds() - SEEN_EVERY_SECONDS)
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom("artifact")
              .select("artifact.id_hash")
              .whereRef("artifact.uid_hash", "=", "session.uid_hash")
              .where("artifact.model", "=", MODEL),
          ),
        ),
      )
      .execute();
  }

  async #goOn(queries: Queries, accountId: string, uid: string, origin: SessionOrigin | undefined): Promise<boolean> {
    const { numUpdatedRows } = await queries
      .updateTable("session")
      .set({
        uid_hash: this.#artifacts.sealer.hash("uid", uid),
        seen_at: this.#artifacts.nowSeconds(),
        ...(origin === undefined ? {} : { browser: origin.browser, network: origin.network }),
      })
      .where("uid_hash", "in", this.#hashes(uid))
      .where("account_id", "=", accountId)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async #begin(queries: Queries, accountId: string, uid: string, origin: FreshSignIn): Promise<boolean> {
    const { generation, browser, network } = origin;
    if (typeof generation !== "number") return false;
    if (!(await holdGeneration(queries, accountId, generation))) return false;
    const now = this.#artifacts.nowSeconds();
    await queries.deleteFrom("session").where("uid_hash", "in", this.#hashes(uid)).execute();
    await queries
      .insertInto("session")
      .values({
        id: randomUUID(),
        account_id: accountId,
        uid_hash: this.#artifacts.sealer.hash("uid", uid),
        browser,
        network,
        created_at: now,
        seen_at: now,
      })
      .execute();
    return true;
  }

  /** Counts up first, which is also what others wait for. Within a transaction it belongs to that. */
  #changing<T>(accountId: string, work: (queries: Queries) => Promise<T>): Promise<T> {
    const counted = async (queries: Queries): Promise<T> => {
      await queries
        .updateTable("account")
        .set((set) => ({ sessions_generation: set("sessions_generation", "+", 1) }))
        .where("id", "=", accountId)
        .execute();
      return work(queries);
    };
    return inTransaction(this.#artifacts.database, counted);
  }

  async #endRows(queries: Queries, rows: readonly { readonly id: string; readonly uid_hash: string }[]): Promise<void> {
    if (rows.length === 0) return;
    const ids = rows.map(({ id }) => id);
    // First: who keeps it holds its row before its record, and what it is called may be hashed anew meanwhile.
    const ended = await queries.deleteFrom("session").where("id", "in", ids).returning("uid_hash").execute();
    const hashes = [...rows, ...ended].map(({ uid_hash }) => uid_hash);
    const stored = await queries
      .selectFrom("artifact")
      .selectAll()
      .where("model", "=", MODEL)
      .where("uid_hash", "in", hashes)
      .execute();
    const grants = stored.flatMap((artifact) => grantsOf(this.#artifacts.open(artifact)));
    await queries.deleteFrom("artifact").where("model", "=", MODEL).where("uid_hash", "in", hashes).execute();
    for (const grant of grants) {
      await this.#revocations.revokeGrant(grant, queries);
      await this.#artifacts.removeGrant(grant, queries);
    }
  }

  #rows(queries: Queries, accountId: string) {
    return queries.selectFrom("session").select(["id", "uid_hash"]).where("account_id", "=", accountId);
  }

  #alive(accountId: string) {
    return this.#artifacts.database.queries
      .selectFrom("session")
      .innerJoin("artifact", (join) =>
        join.onRef("artifact.uid_hash", "=", "session.uid_hash").on("artifact.model", "=", MODEL),
      )
      .where("session.account_id", "=", accountId)
      .where("artifact.expires_at", ">", this.#artifacts.nowSeconds());
  }

  #hashes(uid: string): string[] {
    return [...this.#artifacts.sealer.hashes("uid", uid)];
  }
}

/** Refresh tokens come often: not each of them is written down. */
const SEEN_EVERY_SECONDS = 60;

/** What clients were given in a session: each has a grant of its own. */
function grantsOf(session: ArtifactPayload | undefined): readonly string[] {
  const authorizations = (session?.["authorizations"] ?? {}) as Readonly<Record<string, { grantId?: string }>>;
  return Object.values(authorizations).flatMap(({ grantId }) => grantId ?? []);
}
