// Tells an outage of the database from a bug: what cannot be asked now may be asked again later, and is nobody's fault.

/**
 * The query was not answered, whatever it was. `expose`, `statusCode` and the OAuth words are how the protocol core is told what to answer
 * (RFC 6749 4.1.2.1: `temporarily_unavailable`).
 */
export class StoreAwayError extends Error {
  readonly expose = true;
  readonly statusCode = 503;
  readonly error_description = "try again in a few seconds";

  constructor(cause: unknown) {
    super("temporarily_unavailable", { cause });
    this.name = "StoreAwayError";
  }
}

export const RETRY_AFTER_SECONDS = 5;

/** By PostgreSQL: connections, resources, an operator's intervention, system errors; and by the operating system. */
const POSTGRES_AWAY = /^(08|53|57|58)...$/;
const SYSTEM_AWAY = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);
/** The driver has words for these only. */
const DRIVER_AWAY = /timeout exceeded when trying to connect|Connection terminated|Query read timeout|not queryable/;
/** SQLite: busy, locked, read-only, input and output, full, cannot be opened. */
const SQLITE_AWAY = new Set([5, 6, 8, 10, 13, 14]);

export function isAway(error: unknown): boolean {
  const { code, errcode, message } = error as { code?: unknown; errcode?: unknown; message?: unknown };
  if (typeof errcode === "number") return SQLITE_AWAY.has(errcode & 0xff);
  if (typeof code === "string" && (POSTGRES_AWAY.test(code) || SYSTEM_AWAY.has(code))) return true;
  return typeof message === "string" && DRIVER_AWAY.test(message);
}
