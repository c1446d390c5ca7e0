// Faults of the database that its owner can mend, in words.
import { SealingKeyError } from "../../identity/sealing.ts";
import { DatabaseGapError, DatabaseNewerError, isPostgres } from "../../stores/sql-database.ts";
import { DatabaseInUseError } from "../../stores/reserved-file.ts";
import { StoreAwayError } from "../../stores/store-away.ts";
import { UsageError } from "../command.ts";

const SQLITE_CORRUPT = 11;
const SQLITE_NOT_A_DATABASE = 26;

/** What its owner can mend, with the remedy; everything else as it is. */
export function foreseen(error: unknown, database: string): unknown {
  if (error instanceof DatabaseInUseError) {
    return new UsageError(
      `${database} is served by another process`,
      "One process serves a SQLite file. End the other one; for several machines use `database: ${DATABASE_URL}` with PostgreSQL.",
    );
  }
  if (error instanceof SealingKeyError) {
    return new UsageError(
      `identity.secrets do not open ${database}`,
      "Put back the secret that it was made with, behind the new one: the first seals, all open. Without it the database is lost.",
    );
  }
  if (error instanceof DatabaseNewerError) {
    return new UsageError(
      `${withoutPassword(database)} was made by a newer version: ${error.message}`,
      "Run that version, or put back the backup from before it was installed.",
    );
  }
  if (error instanceof DatabaseGapError) {
    return new UsageError(
      `${withoutPassword(database)} is not as any version leaves it: ${error.message}`,
      "Put back a backup: portcullis identity restore FILE.",
    );
  }
  const cause = error instanceof StoreAwayError ? error.cause : error;
  const { code, port, errcode } = cause as { code?: string; port?: number; errcode?: number };
  if (code === "EADDRINUSE") {
    return new UsageError(`port ${port ?? ""} is taken by another process`, "Choose another: identity.listen.");
  }
  if (
    error instanceof StoreAwayError ||
    code === "ECONNREFUSED" ||
    code === "ENOTFOUND" ||
    code === "28P01" ||
    code === "3D000"
  ) {
    return new UsageError(
      `the database cannot be reached: ${code ?? "it does not answer"}`,
      "Check identity.database and that it answers.",
    );
  }
  if (errcode === SQLITE_CORRUPT || errcode === SQLITE_NOT_A_DATABASE) {
    return new UsageError(
      `${database} is damaged: ${(error as Error).message}`,
      "Put back a backup: portcullis identity restore FILE.",
    );
  }
  return error;
}

/** `postgres://user:password@host/name` without what nobody should read. */
function withoutPassword(database: string): string {
  const url = isPostgres(database) ? URL.parse(database) : null;
  if (url === null) return database;
  url.password = "";
  return url.href;
}
