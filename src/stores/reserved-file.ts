// Keeps a file for one process on this machine: a second one that would serve it is refused. No more than SQLite's lock is loaded for it.
import { chmodSync, closeSync, openSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/** The folder may be open to others: what stands beside the file is not. */
const LOCK_MODE = 0o600;

export class DatabaseInUseError extends Error {
  constructor(file: string) {
    super(`${file} is already served by another process`);
    this.name = "DatabaseInUseError";
  }
}

/**
 * Keeps the file for one server as long as the process lives; the operating system lets go when it dies. Other programs may still
 * read and write. Throws DatabaseInUseError.
 */
export function reserveFile(file: string): { release(): void } {
  const name = `${file}.lock`;
  makePrivate(name);
  const lock = new DatabaseSync(name, { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw (error as { errcode?: number }).errcode === SQLITE_BUSY ? new DatabaseInUseError(file) : error;
  }
  return { release: () => lock.close() };
}

/**
 * SQLite would make it readable for all, and its journal with it. Never opened where it is there: to close it again would
 * let go of a lock that this process has.
 */
function makePrivate(name: string): void {
  try {
    closeSync(openSync(name, "ax", LOCK_MODE));
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
    // From an earlier version.
    if ((statSync(name).mode & 0o077) !== 0) chmodSync(name, LOCK_MODE);
  }
}

const SQLITE_BUSY = 5;
