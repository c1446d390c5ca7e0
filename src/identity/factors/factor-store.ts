// Second factors in the database: sealed, found by account or by keyed hash, their counters only ever set forward.
import type { Selectable } from "kysely";
import { randomUUID } from "node:crypto";
import type { IdentityDatabase } from "../database.ts";
import type { Sealer } from "../sealing.ts";
import type { FactorTable } from "../tables.ts";

export type Factor = Readonly<Omit<Selectable<FactorTable>, "secret" | "lookup_hash">>;

export interface OpenFactor extends Factor {
  readonly secret: Buffer;
}

export interface NewFactor {
  readonly accountId: string;
  readonly kind: FactorTable["kind"];
  readonly name: string;
  readonly secret: Uint8Array;
  readonly counter: number;
  /** A credential id: no two factors have the same. */
  readonly lookup?: string;
}

/** So many of one account: more are a mistake, or somebody filling the database. */
const FACTORS_MAX = 10;
const NAME_CHARACTERS_MAX = 64;
const LISTED = ["id", "account_id", "kind", "name", "counter", "created_at", "used_at"] as const;

export class FactorStore {
  readonly #database: IdentityDatabase;
  readonly #sealer: Sealer;
  readonly #nowSeconds: () => number;

  constructor(database: IdentityDatabase, sealer: Sealer, nowSeconds: () => number) {
    this.#database = database;
    this.#sealer = sealer;
    this.#nowSeconds = nowSeconds;
  }

  /** Oldest first. */
  list(accountId: string): Promise<readonly Factor[]> {
    return this.#database.queries
      .selectFrom("factor")
      .select(LISTED)
      .where("account_id", "=", accountId)
      .orderBy("created_at")
      .orderBy("id")
      .execute();
  }

  async has(accountId: string): Promise<boolean> {
    const row = await this.#database.queries
      .selectFrom("factor")
      .select("id")
      .where("account_id", "=", accountId)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Those of one kind, with what they are proven by. What cannot be opened any more proves nothing. */
  async ofKind(accountId: string, kind: Factor["kind"]): Promise<readonly OpenFactor[]> {
    const rows = await this.#database.queries
      .selectFrom("factor")
      .selectAll()
      .where("account_id", "=", accountId)
      .where("kind", "=", kind)
      .execute();
    return rows.flatMap((row) => this.#open(row) ?? []);
  }

  async byLookup(lookup: string): Promise<OpenFactor | undefined> {
    const row = await this.#database.queries
      .selectFrom("factor")
      .selectAll()
      .where("lookup_hash", "in", [...this.#sealer.hashes("factor", lookup)])
      .executeTakeFirst();
    return row === undefined ? undefined : this.#open(row);
  }

  /** False where the account has enough of them, or where somebody has the same credential. */
  async add({ accountId, kind, name, secret, counter, lookup }: NewFactor): Promise<boolean> {
    if ((await this.list(accountId)).length >= FACTORS_MAX) return false;
    if (lookup !== undefined && (await this.byLookup(lookup)) !== undefined) return false;
    const id = randomUUID();
    const { numInsertedOrUpdatedRows } = await this.#database.queries
      .insertInto("factor")
      .values({
        id,
        account_id: accountId,
        kind,
        name: nameFrom(name, kind),
        lookup_hash: lookup === undefined ? null : this.#sealer.hash("factor", lookup),
        secret: this.#sealer.seal(factorContext(id), secret),
        counter,
        created_at: this.#nowSeconds(),
        used_at: null,
      })
      .onConflict((conflict) => conflict.column("lookup_hash").doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows === 1n;
  }

  /**
   * Whether the counter was behind this one and is at it now: of any number at once with one counter exactly one call gets true
   * (compare and set). `mayStayZero`: of a passkey that does not count.
   */
  async advance(id: string, counter: number, mayStayZero = false): Promise<boolean> {
    const { numUpdatedRows } = await this.#database.queries
      .updateTable("factor")
      .set({ counter, used_at: this.#nowSeconds() })
      .where("id", "=", id)
      .where((where) => (mayStayZero && counter === 0 ? where("counter", "=", 0) : where("counter", "<", counter)))
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** Whether the account had it. */
  async remove(accountId: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#database.queries
      .deleteFrom("factor")
      .where("account_id", "=", accountId)
      .where("id", "=", id)
      .executeTakeFirst();
    return numDeletedRows === 1n;
  }

  async removeAll(accountId: string): Promise<void> {
    await this.#database.queries.deleteFrom("factor").where("account_id", "=", accountId).execute();
  }

  #open(row: Selectable<FactorTable>): OpenFactor | undefined {
    const secret = this.#sealer.open(factorContext(row.id), row.secret);
    return secret === undefined ? undefined : { ...row, secret };
  }
}

export function factorContext(id: string): string {
  return `factor\n${id}`;
}

function nameFrom(text: string, kind: Factor["kind"]): string {
  const name = text
    .normalize("NFC")
    .replace(/\p{C}+/gu, " ")
    .trim()
    .slice(0, NAME_CHARACTERS_MAX);
  return name === "" ? { totp: "Authenticator app", passkey: "Passkey" }[kind] : name;
}
