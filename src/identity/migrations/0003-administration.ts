// What is administered: roles and API resources as the configuration keeps them, secrets of clients one by one, and every change on record.
import { randomUUID } from "node:crypto";
import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

interface Before {
  client: { id: string; secrets: string; updated_at: number };
  role: { name: string; includes: string; permissions: string; updated_at: number };
}

export const administration = (kind: "sqlite" | "postgresql"): Migration => ({
  async up(untyped: Kysely<unknown>): Promise<void> {
    const db = untyped as Kysely<Before>;
    const time = kind === "sqlite" ? sql`integer` : sql`int8`;
    const sequence = kind === "sqlite" ? sql`integer` : sql`bigserial`;
    await db.schema
      .createTable("role")
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("includes", "text", (column) => column.notNull())
      .addColumn("permissions", "text", (column) => column.notNull())
      .addColumn("updated_at", time, (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("resource")
      .addColumn("audience", "text", (column) => column.primaryKey())
      .addColumn("scopes", "text", (column) => column.notNull())
      .addColumn("updated_at", time, (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("change")
      .addColumn("sequence", sequence, (column) => column.primaryKey())
      .addColumn("id", "text", (column) => column.notNull().unique())
      .addColumn("made_at", time, (column) => column.notNull())
      .addColumn("actor_kind", "text", (column) => column.notNull())
      .addColumn("actor", "text", (column) => column.notNull())
      .addColumn("what", "text", (column) => column.notNull())
      .addColumn("target_kind", "text", (column) => column.notNull())
      .addColumn("target", "text", (column) => column.notNull())
      .addColumn("before", "text")
      .addColumn("after", "text")
      .addColumn("claimed_until", time)
      .addColumn("recorded_at", time)
      .execute();
    await db.schema.createIndex("change_by_recorded_at").on("change").column("recorded_at").execute();
    await db.schema.createIndex("change_by_target").on("change").columns(["target", "sequence"]).execute();
    const administrators = { name: "identity-administrator", includes: "[]", permissions: "[]", updated_at: 0 };
    await db.insertInto("role").values(administrators).execute();
    await nameSecrets(db);
  },
});

/** Until now a secret was its hash alone: to remove one of two, it needs a name. */
async function nameSecrets(db: Kysely<Before>): Promise<void> {
  for (const { id, secrets, updated_at } of await db.selectFrom("client").selectAll().execute()) {
    const named = (JSON.parse(secrets) as string[]).map((hash) => ({
      id: randomUUID().slice(0, 8),
      hash,
      createdAt: updated_at,
    }));
    await db
      .updateTable("client")
      .set({ secrets: JSON.stringify(named) })
      .where("id", "=", id)
      .execute();
  }
}
