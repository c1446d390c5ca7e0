// Keeps a file for one process on this machine: a second one that would serve it is refused. No more than SQLite's lock is loaded for it.
import { DatabaseSync } from "node:sqlite";

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
  const lock = new DatabaseSync(`${file}.lock`, { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw (error as { errcode?: number }).errcode === SQLITE_BUSY ? new DatabaseInUseError(file) : error;
  }
  return { release: () => lock.close() };
}

const SQLITE_BUSY = 5;
