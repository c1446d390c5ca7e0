// Accounts in the database: found by the key of their address, changed one by one.
import type { Kysely, Selectable } from "kysely";
import { randomUUID } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import { type IdentityDatabase, inTransaction } from "../database.ts";
import type { AccountTable, IdentityTables } from "../tables.ts";
import type { EmailAddress } from "./email-address.ts";

export type Account = Readonly<Selectable<AccountTable>>;

/** How long an address is kept for whoever said to have it. */
const UNCONFIRMED_SECONDS = 7 * 86_400;

/** How many accounts are read at once. */
const PART_ROWS = 500;

export class AccountStore {
  readonly #database: IdentityDatabase;
  readonly #clock: Clock;

  constructor(database: IdentityDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** Undefined where the address has an account: of any number at once exactly one call makes it. */
  async create(
    email: EmailAddress,
    password: string | null,
    passwordLengthMin: number | null,
  ): Promise<Account | undefined> {
    const now = this.#nowSeconds();
    const account: Account = {
      id: randomUUID(),
      email: email.address,
      email_key: email.key,
      email_verified_at: null,
      password,
      status: "active",
      created_at: now,
      updated_at: now,
      sessions_generation: 0,
      password_length_min: passwordLengthMin,
      declared: 0,
      declared_password: null,
    };
    const { numInsertedOrUpdatedRows } = await this.#database.queries
      .insertInto("account")
      .values(account)
      .onConflict((conflict) => conflict.column("email_key").doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n ? account : undefined;
  }

  byId(id: string): Promise<Account | undefined> {
    return this.#database.queries.selectFrom("account").selectAll().where("id", "=", id).executeTakeFirst();
  }

  byEmail(email: EmailAddress): Promise<Account | undefined> {
    return this.#database.queries
      .selectFrom("account")
      .selectAll()
      .where("email_key", "=", email.key)
      .executeTakeFirst();
  }

  /** All of them by address, read in parts. */
  async *all(): AsyncGenerator<Account> {
    let after = "";
    for (;;) {
      const part = await this.#database.queries
        .selectFrom("account")
        .selectAll()
        .where("email_key", ">", after)
        .orderBy("email_key")
        .limit(PART_ROWS)
        .execute();
      yield* part;
      const last = part.at(-1);
      if (last === undefined || part.length < PART_ROWS) return;
      after = last.email_key;
    }
  }

  /** Others who change it wait for the end of this transaction: before what belongs to it, so that no two wait for each other. */
  async hold(id: string): Promise<void> {
    await this.#database.queries.updateTable("account").set({ id }).where("id", "=", id).execute();
  }

  /** `lengthMin`: what the policy remembers of its length. */
  async setPassword(
    id: string,
    password: string,
    lengthMin: number | null,
    queries?: Kysely<IdentityTables>,
  ): Promise<void> {
    await this.#change(id, { password, password_length_min: lengthMin }, queries);
  }

  /** The same, unless it is another than `known` by now: who proved that one must not undo what came in between. */
  async replacePassword(
    { id, password: known }: Pick<Account, "id" | "password">,
    password: string,
    lengthMin: number | null,
    queries: Kysely<IdentityTables> = this.#database.queries,
  ): Promise<boolean> {
    const { numUpdatedRows } = await queries
      .updateTable("account")
      .set({ password, password_length_min: lengthMin, updated_at: this.#nowSeconds() })
      .where("id", "=", id)
      .where("password", "=", known)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** `email`: in the spelling that was proven, where that may be another than was given first. */
  async verifyEmail(id: string, email?: string, queries?: Kysely<IdentityTables>): Promise<void> {
    const values = { email_verified_at: this.#nowSeconds(), ...(email === undefined ? {} : { email }) };
    await this.#change(id, values, queries);
  }

  /**
   * Those of a week ago that nobody ever confirmed, with their links; not those that an administrator has disabled. In parts: many may be due at
   * once, and others write in between. `also`: in the transaction of each.
   */
  async removeUnconfirmed(
    also: (ids: readonly string[], queries: Kysely<IdentityTables>) => Promise<void>,
  ): Promise<void> {
    let count: number;
    do {
      count = await inTransaction(this.#database, async (queries) => {
        const due = queries
          .selectFrom("account")
          .select("id")
          .where("email_verified_at", "is", null)
          .where("status", "=", "active")
          .where("created_at", "<=", this.#nowSeconds() - UNCONFIRMED_SECONDS)
          .limit(PART_ROWS);
        const rows = await queries
          .deleteFrom("account")
          .where("id", "in", due)
          .where("email_verified_at", "is", null)
          .returning("id")
          .execute();
        const ids = rows.map(({ id }) => id);
        if (ids.length > 0) await queries.deleteFrom("artifact").where("account_id", "in", ids).execute();
        await also(ids, queries);
        return ids.length;
      });
    } while (count === PART_ROWS);
  }

  /** The one that gave way, with its links, to whoever proved to read the mailbox. */
  async removeUnconfirmedOf({ key }: EmailAddress): Promise<string | undefined> {
    const { queries } = this.#database;
    const gone = await queries
      .deleteFrom("account")
      .where("email_key", "=", key)
      .where("email_verified_at", "is", null)
      .where("status", "=", "active")
      .returning("id")
      .executeTakeFirst();
    if (gone !== undefined) await queries.deleteFrom("artifact").where("account_id", "=", gone.id).execute();
    return gone?.id;
  }

  /** Whether the account had the address until now, and nobody has the new one: of two at once who want it, one gets it. */
  async changeEmail(
    { id, email_key }: Account,
    { address, key }: EmailAddress,
    queries: Kysely<IdentityTables>,
  ): Promise<boolean> {
    const now = this.#nowSeconds();
    const { numUpdatedRows } = await queries
      .updateTable("account")
      .set({ email: address, email_key: key, email_verified_at: now, updated_at: now })
      .where("id", "=", id)
      .where("email_key", "=", email_key)
      .where((where) =>
        where.not(
          where.exists(where.selectFrom("account as other").select("other.id").where("other.email_key", "=", key)),
        ),
      )
      .executeTakeFirst()
      .catch((error: unknown) => {
        if (isTaken(error)) return { numUpdatedRows: 0n };
        throw error;
      });
    return numUpdatedRows === 1n;
  }

  /** Those that the configuration keeps. */
  declared(): Promise<readonly Account[]> {
    return this.#database.queries.selectFrom("account").selectAll().where("declared", "=", 1).execute();
  }

  /** By the configuration. `password`: digest of the hash that stands there, where one does. */
  async keep(id: string, status: Account["status"], password: string | null): Promise<void> {
    await this.#database.queries
      .updateTable("account")
      .set({ declared: 1, status, declared_password: password })
      .where("id", "=", id)
      .execute();
  }

  /** The configuration names it no longer. */
  async letGo(id: string): Promise<void> {
    await this.#change(id, { declared: 0, declared_password: null, status: "disabled" });
  }

  async setStatus(id: string, status: Account["status"]): Promise<void> {
    await this.#change(id, { status });
  }

  async roles(id: string): Promise<readonly string[]> {
    const rows = await this.#database.queries
      .selectFrom("account_role")
      .select("role")
      .where("account_id", "=", id)
      .orderBy("role")
      .execute();
    return rows.map(({ role }) => role);
  }

  /** As tokens carry them: in the place of one that administrators made stand those that it includes. */
  async grantedRoles(id: string): Promise<readonly string[]> {
    const rows = await this.#database.queries
      .selectFrom("account_role")
      .leftJoin("role", "role.name", "account_role.role")
      .select(["account_role.role", "role.declared", "role.includes"])
      .where("account_role.account_id", "=", id)
      .orderBy("account_role.role")
      .execute();
    if (rows.every(({ declared }) => declared !== 0)) return rows.map(({ role }) => role);
    const granted = rows.flatMap(({ role, declared, includes }) =>
      declared === 0 ? (JSON.parse(includes ?? "[]") as string[]) : role,
    );
    return [...new Set(granted)].sort();
  }

  async withRole(role: string): Promise<readonly string[]> {
    const rows = await this.#database.queries
      .selectFrom("account_role")
      .select("account_id")
      .where("role", "=", role)
      .execute();
    return rows.map(({ account_id }) => account_id);
  }

  async addRole(id: string, role: string): Promise<void> {
    await this.#database.queries
      .insertInto("account_role")
      .values({ account_id: id, role, created_at: this.#nowSeconds() })
      .onConflict((conflict) => conflict.columns(["account_id", "role"]).doNothing())
      .execute();
  }

  async removeRole(id: string, role: string): Promise<void> {
    await this.#database.queries
      .deleteFrom("account_role")
      .where("account_id", "=", id)
      .where("role", "=", role)
      .execute();
  }

  async #change(
    id: string,
    values: Partial<Account>,
    queries: Kysely<IdentityTables> = this.#database.queries,
  ): Promise<void> {
    await queries
      .updateTable("account")
      .set({ ...values, updated_at: this.#nowSeconds() })
      .where("id", "=", id)
      .execute();
  }

  #nowSeconds(): number {
    return Math.floor(this.#clock.nowMs() / 1000);
  }
}

/** Whoever registered it without ever confirming its address is somebody else, or forgot it. Not where an administrator has disabled it. */
export function mayGiveWay({ email_verified_at, status }: Account): boolean {
  return email_verified_at === null && status === "active";
}

/** PostgreSQL, where another took it in the meantime: unique_violation. SQLite has one writer. */
function isTaken(error: unknown): boolean {
  return (error as { code?: unknown }).code === "23505";
}
