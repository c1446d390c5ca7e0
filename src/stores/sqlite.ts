// Opens a SQLite file for the query layer: one writer, every commit on disk.
import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { type SqliteDatabase, SqliteDialect, type SqliteStatement } from "kysely";
import { isMomentary } from "./momentary.ts";
import { isAway, StoreAwayError } from "./store-away.ts";

/** How long a write waits for another program that has the file, such as `portcullis identity user list`. */
const BUSY_TIMEOUT_MS = 5_000;
/** Statements that are kept prepared: as many as the product has queries, and some. */
const STATEMENTS_MAX = 200;

/**
 * A dialect over one file, or `:memory:`. Nothing that was committed is lost with the power (WAL, `synchronous=FULL`), but for what is momentary:
 * that is on disk with the next commit that is not, and is lost by no end of the process.
 */
export function sqliteDialect(file: string): SqliteDialect {
  return new SqliteDialect({ database: () => Promise.resolve(openSqlite(file)) });
}

function openSqlite(file: string): SqliteDatabase {
  if (file !== ":memory:") makePrivate(file);
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: BUSY_TIMEOUT_MS });
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  const statements = new Map<string, Statement>();
  return {
    close: () => database.close(),
    prepare: (sql) => {
      let statement = statements.get(sql);
      if (statement === undefined) {
        if (statements.size >= STATEMENTS_MAX) statements.clear();
        const prepared = database.prepare(sql);
        statement = isMomentary(sql) ? new MomentaryStatement(prepared, database) : new Statement(prepared);
        statements.set(sql, statement);
      }
      return statement;
    },
  };
}

/** Made by SQLite itself, everybody on the machine could read it. Its companions get the mode of the file. */
export function makePrivate(file: string): void {
  closeSync(openSync(file, "a", 0o600));
}

/** Node's statements as kysely asks for them. */
class Statement implements SqliteStatement {
  readonly reader: boolean;
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
    this.reader = statement.columns().length > 0;
  }

  all(parameters: readonly unknown[]): unknown[] {
    return answered(() => this.#statement.all(...(parameters as readonly SQLInputValue[])));
  }

  run(parameters: readonly unknown[]) {
    return answered(() => this.#statement.run(...(parameters as readonly SQLInputValue[])));
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.#statement.iterate(...(parameters as readonly SQLInputValue[]));
  }
}

/** Not waited for: eight of them made a sign-in, each held up the whole process for as long as the disk took. */
class MomentaryStatement extends Statement {
  readonly #database: DatabaseSync;

  constructor(statement: StatementSync, database: DatabaseSync) {
    super(statement);
    this.#database = database;
  }

  override all(parameters: readonly unknown[]): unknown[] {
    return this.#unwaited(() => super.all(parameters));
  }

  override run(parameters: readonly unknown[]) {
    return this.#unwaited(() => super.run(parameters));
  }

  #unwaited<T>(write: () => T): T {
    if (this.#database.isTransaction) return write();
    this.#database.exec("PRAGMA synchronous = NORMAL");
    try {
      return write();
    } finally {
      this.#database.exec("PRAGMA synchronous = FULL");
    }
  }
}

/** A disk that is full and a file that another program holds are outages too. */
function answered<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    throw isAway(error) ? new StoreAwayError(error) : error;
  }
}
