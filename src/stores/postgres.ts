// Connects to PostgreSQL for the query layer: a bounded pool, a limit for every statement, whole numbers as numbers.
import { PostgresDialect } from "kysely";
import type { Pool, types as driverTypes } from "pg";

const CONNECTIONS_MAX = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/** A statement of ours takes milliseconds: one that takes this long waits for something that is broken. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** Type of `int8`, which the driver gives as text since it may pass 2^53; times and counts of ours never do. */
const INT8 = 20;

/**
 * A dialect for `postgres://…`. `failed` hears of idle connections that broke: the pool replaces them. The driver is loaded with the first
 * query: where the database is a file, nobody needs it.
 */
export function postgresDialect(url: string, failed: (error: Error) => void): PostgresDialect {
  return new PostgresDialect({ pool: () => openPool(url, failed) });
}

async function openPool(url: string, failed: (error: Error) => void): Promise<Pool> {
  const { default: pg } = await import("pg");
  const { getTypeParser } = pg.types as { getTypeParser: (oid: number, format?: "text") => ParseText };
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: "portcullis-identity",
    types: {
      getTypeParser: ((oid: number, format?: "text"): ParseText =>
        oid === INT8 ? Number : getTypeParser(oid, format)) as typeof driverTypes.getTypeParser,
    },
  });
  pool.on("error", failed);
  // One that breaks between two statements of a transaction says so by an event that ends the process where nobody hears it; its next
  // statement fails by itself.
  pool.on("connect", (connection) => connection.on("error", () => undefined));
  return pool;
}

type ParseText = (text: string) => unknown;
