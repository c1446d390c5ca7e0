// L09: the database of the authorization server slow, gone and back. What needs it says 503 and when to come again, never 500 and nothing that is
// not so; nothing is used up by what was not answered; and all of it works again by itself.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signUp } from "./flows.ts";
import { type Answered, type Ask, asksOf, EMAIL } from "./outage-asks.ts";
import { postgresPrograms, type RunningPostgres, startPostgres } from "./postgres.ts";
import { declareClients, serveIdentity, type Serving } from "./serving.ts";

const programs = postgresPrograms();
const skipped = programs === undefined ? " (skipped because PostgreSQL is not installed)" : "";
/** A query is given up after 12 seconds, and waiting for a connection after five; a busy machine is late as well. */
const ANSWER_MS_MAX = 40_000;

const NAMES = [
  "keys",
  "discovery",
  "client credentials",
  "client credentials with a wrong secret",
  "introspection",
  "a request pushed beforehand",
  "the authorization endpoint",
  "signing up by JSON",
  "the account page",
  "what was revoked, for the gates",
  "the sign-in form",
  "a code",
  "a refresh token",
  "a revocation",
];

interface Outage {
  readonly name: string;
  readonly begin: (postgres: RunningPostgres, database: string) => Promise<unknown> | void;
  readonly end: (postgres: RunningPostgres) => Promise<unknown> | void;
}

let lock: Promise<void> | undefined;

const OUTAGES: readonly Outage[] = [
  { name: "gone", begin: (postgres) => postgres.goAway(), end: (postgres) => postgres.comeBack() },
  { name: "silent", begin: (postgres) => postgres.freeze(), end: (postgres) => postgres.thaw() },
  {
    name: "slow",
    begin: async (postgres, database) => {
      const tables = ["account", "artifact", "client", "revocation"].join(", ");
      lock = postgres.ask(
        database,
        `begin; lock table ${tables} in access exclusive mode; notify locked; select pg_sleep(14); commit`,
      );
      // Whoever asks now waits behind it: nobody says when it has the lock but the lock itself.
      await postgres.ask(
        database,
        "do $$ begin while not exists (select from pg_locks where mode = 'AccessExclusiveLock' and granted and relation = 'artifact'::regclass) loop perform pg_sleep(0.02); end loop; end $$",
      );
    },
    end: () => lock,
  },
];

// At once: each waits for time-outs of its own.
const options = { concurrent: true, skip: programs === undefined };

describe.each(OUTAGES)(`the database is $name${skipped}`, options, ({ begin, end }) => {
  let postgres: RunningPostgres;
  let serving: Serving;
  let asks: readonly Ask[] = [];
  const before = new Map<string, Answered>();
  const meanwhile = new Map<string, Answered>();
  const after = new Map<string, Answered>();

  /** All at once, as clients ask. */
  async function askAll(some: readonly Ask[], into: Map<string, Answered>): Promise<void> {
    await Promise.all(some.map(async ({ name, ask }) => into.set(name, await ask())));
  }

  let longestMs = 0;
  beforeAll(async () => {
    postgres = await startPostgres(programs as string);
    const database = postgres.database("identity");
    serving = await serveIdentity(database);
    await declareClients(serving.identity);
    await signUp(serving, EMAIL);
    asks = await asksOf(serving);
    // The last ones can be asked once.
    await askAll(asks.slice(0, -4), before);
    await begin(postgres, database);
    const start = performance.now();
    await askAll(asks, meanwhile);
    longestMs = performance.now() - start;
    await end(postgres);
    // The revocation ends what the others need.
    await askAll(asks.slice(0, -1), after);
    await askAll(asks.slice(-1), after);
  });

  afterAll(async () => {
    await serving?.close();
    await postgres?.stop();
  });

  it("the requests are those that are listed", () => {
    expect(asks.map(({ name }) => name)).toEqual(NAMES);
  });

  it("nobody waits without an end", () => {
    expect(longestMs).toBeLessThan(ANSWER_MS_MAX);
  });

  it.each(NAMES)("L09 %s: 503 with Retry-After meanwhile, right before and after", (name) => {
    const { well, meanwhile: expected = 503 } = asks.find((one) => one.name === name) as Ask;
    const answer = meanwhile.get(name) as Answered;
    expect([before.get(name)?.status ?? well, answer.status, after.get(name)?.status]).toEqual([well, expected, well]);
    if (expected !== 503) return;
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    // Nothing of what is behind, and nothing that a client would take for its own fault.
    expect(answer.text).not.toMatch(/ECONN|postgres|127\.0\.0\.1|terminat|timeout|invalid_/i);
  });
});
