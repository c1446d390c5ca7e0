// Opens the authorization server's database and brings it up to date.
import type { Transaction } from "kysely";
import { randomInt } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
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

/** Of one transaction. */
const TRIES_MAX = 5;
const PAUSE_MS = 20;

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
  return inTransaction(database, async (queries) => {
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
  return inTransaction(database, (queries) => work({ ...database, queries }));
}

/**
 * In the transaction that it is asked for in, or in one of its own. That one is begun again where the database ended it for others' sake:
 * `work` does nothing that is not undone with it. What it locks, it locks in this order: account, session, artifacts.
 */
export async function inTransaction<T>(
  { queries }: Pick<IdentityDatabase, "queries">,
  work: (queries: Transaction<IdentityTables>) => Promise<T>,
): Promise<T> {
  if (queries.isTransaction) return work(queries as Transaction<IdentityTables>);
  for (let tries = 1; ; tries += 1) {
    try {
      return await queries.transaction().execute(work);
    } catch (error) {
      if (tries === TRIES_MAX || !isOvertaken(error)) throw error;
    }
    // Not all of them again at the same moment.
    await wait(randomInt(tries * PAUSE_MS));
  }
}

/** Thrown in a transaction that is not to be: nothing of it is done, and that is no fault. */
export class UndoError extends Error {}

/** Whether it was done. */
export function isDone(transaction: Promise<unknown>): Promise<boolean> {
  return transaction.then(
    () => true,
    (error: unknown) => {
      if (error instanceof UndoError) return false;
      throw error;
    },
  );
}

/** PostgreSQL chose it to end where several waited for each other in a circle, or cannot put it in an order with them. */
function isOvertaken(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "40P01" || code === "40001";
}
