// Opens the authorization server's database and brings it up to date.
import type { Transaction } from "kysely";
import {
  migrate,
  type Migrations,
  openSql,
  pendingMigrations,
  type SqlDatabase,
  type SqlOptions,
} from "../stores/sql-database.ts";
import { accountsAndArtifacts } from "./migrations/0001-accounts-and-artifacts.ts";
import { secondFactors } from "./migrations/0002-second-factors.ts";
import { administration } from "./migrations/0003-administration.ts";
import { sessionsAndInvitations } from "./migrations/0004-sessions-and-invitations.ts";
import { keptByConfiguration } from "./migrations/0005-kept-by-configuration.ts";
import type { IdentityTables } from "./tables.ts";

/** A row that is there from the first start on. */
const LOCK_ROLE = "identity-administrator";

export type IdentityDatabase = SqlDatabase<IdentityTables>;

/** Throws DatabaseInUseError where another server has the file, DatabaseNewerError, and the database's own errors. */
export async function openIdentityDatabase(options: SqlOptions): Promise<IdentityDatabase> {
  const database = openSql<IdentityTables>(options);
  try {
    await migrate(database, migrationsFor(database));
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

/** What a start would change. */
export function plannedMigrations(database: IdentityDatabase): Promise<string[]> {
  return pendingMigrations(database, migrationsFor(database));
}

/** All that there ever were, by name. */
export function migrationsFor({ kind }: Pick<IdentityDatabase, "kind">): Migrations {
  return {
    "0001-accounts-and-artifacts": accountsAndArtifacts(kind),
    "0002-second-factors": secondFactors(kind),
    "0003-administration": administration(kind),
    "0004-sessions-and-invitations": sessionsAndInvitations(kind),
    "0005-kept-by-configuration": keptByConfiguration(kind),
  };
}

/**
 * Changes that belong together: all of them or none. It begins with a write, so that of two that read before they write one waits for the
 * other, also in another process (SQLite locks the file, PostgreSQL that row). What works inside asks `inside` alone.
 */
export function together<T>(database: IdentityDatabase, work: (inside: IdentityDatabase) => Promise<T>): Promise<T> {
  return database.queries.transaction().execute(async (queries) => {
    await queries.updateTable("role").set({ name: LOCK_ROLE }).where("name", "=", LOCK_ROLE).execute();
    return work({ ...database, queries });
  });
}

/**
 * The same for changes of one account: whoever changes another one waits for nothing on PostgreSQL. SQLite has one writer at a time anyway, and
 * a transaction that began by reading could not go on once another process has written.
 */
export function atOnce<T>(database: IdentityDatabase, work: (inside: IdentityDatabase) => Promise<T>): Promise<T> {
  if (database.kind === "sqlite") return together(database, work);
  return database.queries.transaction().execute((queries) => work({ ...database, queries }));
}

/** In the transaction that it is asked for in, or in one of its own. */
export function inTransaction<T>(
  { queries }: IdentityDatabase,
  work: (queries: Transaction<IdentityTables>) => Promise<T>,
): Promise<T> {
  if (queries.isTransaction) return work(queries as Transaction<IdentityTables>);
  return queries.transaction().execute(work);
}
