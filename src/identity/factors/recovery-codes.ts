// Ten codes for whoever lost everything else: shown once, kept as hashes, each good for one sign-in.
import { randomBytes } from "node:crypto";
import { type IdentityDatabase, inTransaction } from "../database.ts";
import type { Sealer } from "../sealing.ts";
import { base32 } from "./base32.ts";

const CODES = 10;
/** 80 bit: nobody finds one by trying, with the database in hand or without. */
const CODE_BYTES = 10;

export class RecoveryCodes {
  readonly #database: IdentityDatabase;
  readonly #sealer: Sealer;
  readonly #nowSeconds: () => number;

  constructor(database: IdentityDatabase, sealer: Sealer, nowSeconds: () => number) {
    this.#database = database;
    this.#sealer = sealer;
    this.#nowSeconds = nowSeconds;
  }

  /** In the place of all that there were. They are never known again. */
  async replace(accountId: string): Promise<readonly string[]> {
    const codes = Array.from({ length: CODES }, () => base32(randomBytes(CODE_BYTES)));
    await inTransaction(this.#database, async (transaction) => {
      await transaction.deleteFrom("recovery_code").where("account_id", "=", accountId).execute();
      const rows = codes.map((code) => ({
        account_id: accountId,
        code_hash: this.#sealer.hash("recovery code", `${accountId}\n${code}`),
        used_at: null,
      }));
      await transaction.insertInto("recovery_code").values(rows).execute();
    });
    return codes.map((code) => code.replace(/(.{4})(?=.)/g, "$1-"));
  }

  /** Whether it was good: of any number at once exactly one call gets true (compare and set). */
  async use(accountId: string, typed: string): Promise<boolean> {
    const code = typed.toUpperCase().replace(/[\s-]/g, "");
    const { numUpdatedRows } = await this.#database.queries
      .updateTable("recovery_code")
      .set({ used_at: this.#nowSeconds() })
      .where("account_id", "=", accountId)
      .where("code_hash", "in", [...this.#sealer.hashes("recovery code", `${accountId}\n${code}`)])
      .where("used_at", "is", null)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  }

  /** How many are left. */
  async left(accountId: string): Promise<number> {
    const rows = await this.#database.queries
      .selectFrom("recovery_code")
      .select("code_hash")
      .where("account_id", "=", accountId)
      .where("used_at", "is", null)
      .execute();
    return rows.length;
  }

  async removeAll(accountId: string): Promise<void> {
    await this.#database.queries.deleteFrom("recovery_code").where("account_id", "=", accountId).execute();
  }
}
