// Takes a table away for a while, as a database that is full or lost it: what needs it fails.
import { sql } from "kysely";
import type { IdentityDatabase } from "../../src/identity/database.ts";
import type { IdentityTables } from "../../src/identity/tables.ts";

export async function withoutTable<T>(
  table: keyof IdentityTables,
  { queries }: IdentityDatabase,
  work: () => Promise<T>,
): Promise<T> {
  await sql`alter table ${sql.table(table)} rename to away`.execute(queries);
  try {
    return await work();
  } finally {
    await sql`alter table away rename to ${sql.table(table)}`.execute(queries);
  }
}
