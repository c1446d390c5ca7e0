// What is no longer to be believed although it is signed and has not ended: written once, read by every gate in its order.
import type { Kysely } from "kysely";
import type { Clock } from "../../core/clock.ts";
import type { IdentityDatabase } from "../database.ts";
import type { Sealer } from "../sealing.ts";
import type { IdentityTables } from "../tables.ts";

export interface Revocation {
  readonly sequence: number;
  readonly kind: "token" | "session" | "subject" | "client";
  /** `jti` or `sid` of the tokens, their `sub`, or their `client_id`. */
  readonly value: string;
  /** Tokens that were issued later than this are not meant. Seconds since 1970. */
  readonly createdAt: number;
  /** Forgotten after this: all tokens that are meant have ended. */
  readonly until: number;
}

/** At most so many are read at once. */
export const READ_MAX = 1_000;
/** Longer than any transaction that writes one. */
const OVERLAP_SECONDS = 15;

export class Revocations {
  readonly #database: IdentityDatabase;
  readonly #sealer: Sealer;
  readonly #clock: Clock;
  /** The longest life of an access token. */
  readonly #lifetimeSeconds: number;
  readonly #changed: () => void;

  constructor(
    database: IdentityDatabase,
    sealer: Sealer,
    clock: Clock,
    lifetimeSeconds: number,
    changed: () => void = () => undefined,
  ) {
    this.#database = database;
    this.#sealer = sealer;
    this.#clock = clock;
    this.#lifetimeSeconds = lifetimeSeconds;
    this.#changed = changed;
  }

  /**
   * `sid` of the tokens of a grant: what one client was given in one session. The grant's own identifier only this server may
   * know.
   */
  sessionOf(grantId: string): string {
    return this.#sealer.hash("session of grant", grantId);
  }

  /** Also of tokens that were given while another secret was the first. */
  isSessionOf(grantId: string, session: string): boolean {
    return this.#sealer.hashes("session of grant", grantId).includes(session);
  }

  revokeToken(tokenId: string): Promise<void> {
    return this.#write("token", tokenId);
  }

  /** `queries`: of a transaction that it belongs to. */
  revokeGrant(grantId: string, queries?: Kysely<IdentityTables>): Promise<void> {
    return this.#write("session", this.sessionOf(grantId), queries);
  }

  /** Everything that the account's clients hold: after a change of password, of roles, or when it is disabled. */
  revokeAccount(accountId: string, queries?: Kysely<IdentityTables>): Promise<void> {
    return this.#write("subject", accountId, queries);
  }

  /** Everything that the client holds, of itself and of users: after it was removed, or may do less than before. */
  revokeClient(clientId: string): Promise<void> {
    return this.#write("client", clientId);
  }

  /**
   * The next ones after a sequence number, oldest first, and those of the last seconds again: a number that was given earlier
   * can become visible later than one that was given after it. `after`: the last one that was read of them, where there are more.
   */
  async since(sequence: number, after = 0): Promise<readonly Revocation[]> {
    const rows = await this.#database.queries
      .selectFrom("revocation")
      .selectAll()
      .where((where) =>
        where.or([where("sequence", ">", sequence), where("created_at", ">=", this.#nowSeconds() - OVERLAP_SECONDS)]),
      )
      .where("sequence", ">", after)
      .where("until", ">", this.#nowSeconds())
      .orderBy("sequence")
      .limit(READ_MAX)
      .execute();
    return rows.map(({ created_at, ...rest }) => ({ ...rest, createdAt: created_at }));
  }

  /** Whether one of them is about a token with these claims, as a gate would find. */
  async concern({ jti, sid, sub, client_id: client, iat }: Readonly<Record<string, unknown>>): Promise<boolean> {
    const issuedAt = Number(iat);
    const row = await this.#database.queries
      .selectFrom("revocation")
      .select("sequence")
      .where("until", ">", this.#nowSeconds())
      .where((where) =>
        where.or([
          where.and({ kind: "token", value: String(jti) }),
          where.and([where.and({ kind: "session", value: String(sid) }), where("created_at", ">=", issuedAt)]),
          where.and([where.and({ kind: "subject", value: String(sub) }), where("created_at", ">=", issuedAt)]),
          where.and([where.and({ kind: "client", value: String(client) }), where("created_at", ">=", issuedAt)]),
        ]),
      )
      .executeTakeFirst();
    return row !== undefined;
  }

  async removeEnded(): Promise<void> {
    await this.#database.queries.deleteFrom("revocation").where("until", "<=", this.#nowSeconds()).execute();
  }

  async #write(
    kind: Revocation["kind"],
    value: string,
    queries: Kysely<IdentityTables> = this.#database.queries,
  ): Promise<void> {
    const now = this.#nowSeconds();
    await queries
      .insertInto("revocation")
      .values({ kind, value, created_at: now, until: now + this.#lifetimeSeconds + 1 })
      .execute();
    this.#changed();
  }

  #nowSeconds(): number {
    return Math.floor(this.#clock.nowMs() / 1000);
  }
}
