// What holders see of their sessions, invitations by an administrator, and what an account remembers of its password.
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

export const sessionsAndInvitations = (kind: "sqlite" | "postgresql"): Migration => ({
  async up(db: Kysely<unknown>): Promise<void> {
    const time = kind === "sqlite" ? sql`integer` : sql`int8`;
    await db.schema
      .alterTable("account")
      .addColumn("sessions_generation", "integer", (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema.alterTable("account").addColumn("password_length_min", "integer").execute();
    await db.schema
      .createTable("session")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("account_id", "text", (column) => column.notNull().references("account.id").onDelete("cascade"))
      .addColumn("uid_hash", "text", (column) => column.notNull().unique())
      .addColumn("browser", "text", (column) => column.notNull())
      .addColumn("network", "text", (column) => column.notNull())
      .addColumn("created_at", time, (column) => column.notNull())
      .addColumn("seen_at", time, (column) => column.notNull())
      .execute();
    await db.schema.createIndex("session_by_account_id").on("session").column("account_id").execute();
    await db.schema
      .createTable("invitation")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("email", "text", (column) => column.notNull())
      .addColumn("email_key", "text", (column) => column.notNull().unique())
      .addColumn("token_hash", "text", (column) => column.notNull().unique())
      .addColumn("roles", "text", (column) => column.notNull())
      .addColumn("created_at", time, (column) => column.notNull())
      .addColumn("expires_at", time, (column) => column.notNull())
      .execute();
  },
});
