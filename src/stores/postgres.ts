// Connects to PostgreSQL for the query layer: a bounded pool, a limit for every statement, whole numbers as numbers.
import { PostgresDialect, type PostgresPool, type PostgresPoolClient } from "kysely";
import type { PoolClient, types as driverTypes } from "pg";
import { isAway, StoreAwayError } from "./store-away.ts";
import { isUnstorable, UnstorableTextError } from "./unstorable-text.ts";

const CONNECTIONS_MAX = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/** A statement of ours takes milliseconds: one that takes this long waits for something that is broken. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** Where a server does not even say that it is late. */
const ANSWER_TIMEOUT_MS = 12_000;
/** Type of `int8`, which the driver gives as text since it may pass 2^53; times and counts of ours never do. */
const INT8 = 20;

/**
 * A dialect for `postgres://…`. Queries that are not answered throw StoreAwayError, those with a NUL in a text UnstorableTextError. `failed` hears
 * of each outage once, and of idle connections that broke: the pool replaces them. The driver is loaded with the first query: where the database is
 * a file, nobody needs it.
 */
export function postgresDialect(url: string, failed: (error: Error) => void): PostgresDialect {
  return new PostgresDialect({ pool: () => openPool(url, failed) });
}

async function openPool(url: string, failed: (error: Error) => void): Promise<PostgresPool> {
  const { default: pg } = await import("pg");
  const { getTypeParser } = pg.types as { getTypeParser: (oid: number, format?: "text") => ParseText };
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    application_name: "portcullis-identity",
    types: {
      getTypeParser: ((oid: number, format?: "text"): ParseText =>
        oid === INT8 ? Number : getTypeParser(oid, format)) as typeof driverTypes.getTypeParser,
    },
  });
  pool.on("error", failed);
  // One that breaks between two queries of a transaction says so to nobody else, and would end the process: its next query fails.
  pool.on("connect", (client) => client.on("error", () => undefined));
  const outage = new Outage(failed);
  return {
    options: pool.options,
    connect: async () => watched(await outage.watch(pool.connect()), outage),
    end: () => pool.end(),
  };
}

type ParseText = (text: string) => unknown;

/** Tells of it when it begins. */
class Outage {
  readonly #failed: (error: Error) => void;
  #isAway = false;

  constructor(failed: (error: Error) => void) {
    this.#failed = failed;
  }

  async watch<T>(asked: Promise<T>): Promise<T> {
    try {
      const answer = await asked;
      this.#isAway = false;
      return answer;
    } catch (error) {
      if (!isAway(error)) throw error;
      if (!this.#isAway) this.#failed(error as Error);
      this.#isAway = true;
      throw new StoreAwayError(error);
    }
  }
}

/** A connection whose query was not answered is asked no more, and not given to the next one: the answer may still come. */
function watched(client: PoolClient, outage: Outage): PostgresPoolClient {
  let broken: StoreAwayError | undefined;
  const query = async (text: string, parameters: readonly unknown[]) => {
    if (broken !== undefined) throw broken;
    try {
      return await outage.watch(client.query(text, [...parameters]));
    } catch (error) {
      if (error instanceof StoreAwayError) broken = error;
      throw isUnstorable(error) ? new UnstorableTextError(error) : error;
    }
  };
  return {
    query: query as unknown as PostgresPoolClient["query"],
    release: () => client.release(broken !== undefined),
  };
}
