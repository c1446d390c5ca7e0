// A database by its address: a SQLite file with nothing to install, or PostgreSQL where there are many machines.
import { Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { postgresDialect } from "./postgres.ts";
import { reserveFile } from "./reserved-file.ts";
import { sqliteDialect } from "./sqlite.ts";

export type SqlKind = "sqlite" | "postgresql";

export interface SqlDatabase<Tables> {
  readonly kind: SqlKind;
  readonly queries: Kysely<Tables>;
  close(): Promise<void>;
}

export interface SqlOptions {
  /** `postgres://…`, a file, or `:memory:`. */
  readonly address: string;
  /** A server keeps a SQLite file for itself. Default false. */
  readonly serves?: boolean;
  /** Hears of PostgreSQL connections that broke while idle. */
  readonly failed?: (error: Error) => void;
}

export function isPostgres(address: string): boolean {
  return /^postgres(ql)?:\/\//.test(address);
}

/** Throws DatabaseInUseError where another server has the file. Nothing is asked of PostgreSQL yet. */
export function openSql<Tables>({ address, serves = false, failed = ignore }: SqlOptions): SqlDatabase<Tables> {
  if (isPostgres(address)) {
    const queries = new Kysely<Tables>({ dialect: postgresDialect(address, failed) });
    return { kind: "postgresql", queries, close: () => queries.destroy() };
  }
  const reserved = serves && address !== ":memory:" ? reserveFile(address) : undefined;
  const queries = new Kysely<Tables>({ dialect: sqliteDialect(address) });
  return {
    kind: "sqlite",
    queries,
    close: async () => {
      await queries.destroy();
      reserved?.release();
    },
  };
}

function ignore(): void {}

/** A newer version of the program has been here: what it made would be misread. */
export class DatabaseNewerError extends Error {
  constructor(migrations: readonly string[]) {
    super(`the database has had ${migrations.join(", ")}, which this version does not know`);
    this.name = "DatabaseNewerError";
  }
}

/** No version makes that: what comes later was built on what is missing. */
export class DatabaseGapError extends Error {
  constructor(last: string, left: readonly string[]) {
    super(`it has had ${last} without ${left.join(", ")}`);
    this.name = "DatabaseGapError";
  }
}

const MIGRATION_TABLE = "portcullis_migration";

/** Migrations by name, in the order of their names. Each runs once and forward only. */
export type Migrations = Readonly<Record<string, Migration>>;

/** Names of the migrations that the database has not had. */
export async function pendingMigrations<T>(database: SqlDatabase<T>, migrations: Migrations): Promise<string[]> {
  await refuseForeign(database, migrations);
  const all = await migrator(database, migrations).getMigrations();
  return all.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name);
}

/** Brings the database up to date, under a lock that several servers starting at once wait for. The names are what was done. */
export async function migrate<T>(database: SqlDatabase<T>, migrations: Migrations): Promise<string[]> {
  if (database.kind === "postgresql") return migrateBy(database, migrations);
  // The query layer has no lock for SQLite, and no transaction: a start that died between two tables would be the last one.
  return database.queries.connection().execute(async (connection) => {
    await sql`begin immediate`.execute(connection);
    try {
      const done = await migrateBy({ ...database, queries: connection }, migrations);
      await sql`commit`.execute(connection);
      return done;
    } catch (error) {
      await sql`rollback`.execute(connection);
      throw error;
    }
  });
}

/** Names of the migrations that the database has had. Undefined where it has had none of ours at all. */
export async function executedMigrations<T>({ queries }: SqlDatabase<T>): Promise<readonly string[] | undefined> {
  const tables = await queries.introspection.getTables();
  if (!tables.some(({ name }) => name === MIGRATION_TABLE)) return undefined;
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(MIGRATION_TABLE)} order by name`.execute(
    queries,
  );
  return rows.map(({ name }) => name);
}

async function refuseForeign<T>(database: SqlDatabase<T>, migrations: Migrations): Promise<void> {
  const executed = (await executedMigrations(database)) ?? [];
  const unknown = executed.filter((name) => !(name in migrations));
  if (unknown.length > 0) throw new DatabaseNewerError(unknown);
  const last = executed.at(-1) ?? "";
  const left = Object.keys(migrations).filter((name) => name < last && !executed.includes(name));
  if (left.length > 0) throw new DatabaseGapError(last, left);
}

async function migrateBy<T>(database: SqlDatabase<T>, migrations: Migrations): Promise<string[]> {
  await refuseForeign(database, migrations);
  const { error, results } = await migrator(database, migrations).migrateToLatest();
  if (error !== undefined) throw error;
  return (results ?? []).map(({ migrationName }) => migrationName);
}

function migrator<T>(database: SqlDatabase<T>, migrations: Migrations): Migrator {
  return new Migrator({
    db: database.queries,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: "portcullis_migration_lock",
  });
}
