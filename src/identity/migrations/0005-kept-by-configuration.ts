// What the configuration keeps beside clients: accounts, and which of the roles are its own.
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

export const keptByConfiguration = (kind: "sqlite" | "postgresql"): Migration => ({
  async up(db: Kysely<unknown>): Promise<void> {
    const flag = kind === "sqlite" ? sql`integer` : sql`int4`;
    await db.schema
      .alterTable("account")
      .addColumn("declared", flag, (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema.alterTable("account").addColumn("declared_password", "text").execute();
    // Until now there were no others.
    await db.schema
      .alterTable("role")
      .addColumn("declared", flag, (column) => column.notNull().defaultTo(1))
      .execute();
  },
});
