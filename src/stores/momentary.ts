// Marks writes that SQLite need not wait for the disk with: by them nothing was promised to anybody, and losing the last of them with the power costs a new try.
import { sql } from "kysely";

/** Part of the statement, since that is all that a driver sees. PostgreSQL takes it for the comment that it is. */
const WORDS = "/* momentary */";

/** For `modifyEnd`. Within a transaction it changes nothing: that is kept as a whole. */
export const momentary = sql.raw(WORDS);

export function isMomentary(statement: string): boolean {
  return statement.endsWith(WORDS);
}
