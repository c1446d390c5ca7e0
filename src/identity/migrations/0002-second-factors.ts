// What accounts can prove beside a password: one-time codes, passkeys, recovery codes.
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

export const secondFactors = (kind: "sqlite" | "postgresql"): Migration => ({
  async up(db: Kysely<unknown>): Promise<void> {
    const bytes = kind === "sqlite" ? sql`blob` : sql`bytea`;
    const time = kind === "sqlite" ? sql`integer` : sql`int8`;
    await db.schema
      .createTable("factor")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("account_id", "text", (column) => column.notNull().references("account.id").onDelete("cascade"))
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("lookup_hash", "text", (column) => column.unique())
      .addColumn("secret", bytes, (column) => column.notNull())
      .addColumn("counter", time, (column) => column.notNull())
      .addColumn("created_at", time, (column) => column.notNull())
      .addColumn("used_at", time)
      .execute();
    await db.schema.createIndex("factor_by_account_id").on("factor").column("account_id").execute();
    await db.schema
      .createTable("recovery_code")
      .addColumn("account_id", "text", (column) => column.notNull().references("account.id").onDelete("cascade"))
      .addColumn("code_hash", "text", (column) => column.notNull())
      .addColumn("used_at", time)
      .addPrimaryKeyConstraint("recovery_code_id", ["account_id", "code_hash"])
      .execute();
  },
});
