// The first tables: protocol artifacts, accounts and their roles, clients, signing keys, revocations.
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

export const accountsAndArtifacts = (kind: "sqlite" | "postgresql"): Migration => ({
  async up(db: Kysely<unknown>): Promise<void> {
    const bytes = kind === "sqlite" ? sql`blob` : sql`bytea`;
    const time = kind === "sqlite" ? sql`integer` : sql`int8`;
    const sequence = kind === "sqlite" ? sql`integer` : sql`bigserial`;
    await db.schema
      .createTable("artifact")
      .addColumn("model", "text", (column) => column.notNull())
      .addColumn("id_hash", "text", (column) => column.notNull())
      .addColumn("payload", bytes, (column) => column.notNull())
      .addColumn("grant_hash", "text")
      .addColumn("uid_hash", "text")
      .addColumn("user_code_hash", "text")
      .addColumn("previous_hash", "text")
      .addColumn("account_id", "text")
      .addColumn("client_id", "text")
      .addColumn("consumed_at", time)
      .addColumn("repeated_at", time)
      .addColumn("expires_at", time)
      .addPrimaryKeyConstraint("artifact_id", ["model", "id_hash"])
      .execute();
    for (const column of ["grant_hash", "uid_hash", "user_code_hash", "previous_hash", "account_id", "expires_at"]) {
      await db.schema.createIndex(`artifact_by_${column}`).on("artifact").column(column).execute();
    }
    await db.schema
      .createTable("account")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("email", "text", (column) => column.notNull())
      .addColumn("email_key", "text", (column) => column.notNull().unique())
      .addColumn("email_verified_at", time)
      .addColumn("password", "text")
      .addColumn("status", "text", (column) => column.notNull())
      .addColumn("created_at", time, (column) => column.notNull())
      .addColumn("updated_at", time, (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("account_role")
      .addColumn("account_id", "text", (column) => column.notNull().references("account.id").onDelete("cascade"))
      .addColumn("role", "text", (column) => column.notNull())
      .addColumn("created_at", time, (column) => column.notNull())
      .addPrimaryKeyConstraint("account_role_id", ["account_id", "role"])
      .execute();
    await db.schema
      .createTable("client")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("profile", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("settings", "text", (column) => column.notNull())
      .addColumn("secrets", "text", (column) => column.notNull())
      .addColumn("declared", "integer", (column) => column.notNull())
      .addColumn("created_at", time, (column) => column.notNull())
      .addColumn("updated_at", time, (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("signing_key")
      .addColumn("kid", "text", (column) => column.primaryKey())
      .addColumn("algorithm", "text", (column) => column.notNull())
      .addColumn("public_jwk", "text", (column) => column.notNull())
      .addColumn("private_jwk", bytes, (column) => column.notNull())
      .addColumn("created_at", time, (column) => column.notNull())
      .addColumn("signs_from", time, (column) => column.notNull())
      .addColumn("published_until", time)
      .execute();
    await db.schema
      .createTable("revocation")
      .addColumn("sequence", sequence, (column) => column.primaryKey())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("value", "text", (column) => column.notNull())
      .addColumn("created_at", time, (column) => column.notNull())
      .addColumn("until", time, (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("sign_in_failure")
      .addColumn("key", "text", (column) => column.primaryKey())
      .addColumn("failures", "integer", (column) => column.notNull())
      .addColumn("blocked_until", time, (column) => column.notNull())
      .addColumn("changed_at", time, (column) => column.notNull())
      .execute();
  },
});
