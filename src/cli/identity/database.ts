// `portcullis identity key|migrate|backup …`: signing keys, and the database as a whole.
import { backup, DatabaseSync } from "node:sqlite";
import { existsSync } from "node:fs";
import path from "node:path";
import { plannedMigrations } from "../../identity/database.ts";
import { isPostgres, openSql } from "../../stores/sql-database.ts";
import type { IdentityTables } from "../../identity/tables.ts";
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { table } from "../table.ts";
import { identitySettings, whoRuns, withIdentity } from "./opening.ts";

type Run = (words: readonly string[], given: Given, io: Io) => Promise<number>;

export const databaseCommands: readonly (readonly [string, Run])[] = [
  ["key list", listKeys],
  ["key replace", replaceKeys],
  ["migrate", migrateDatabase],
  ["backup", backUp],
];

async function listKeys(words: readonly string[], given: Given, io: Io): Promise<number> {
  if (words.length > 0) throw new UsageError("key list takes no words");
  return withIdentity(given, io, async ({ administration }) => {
    const all = (await administration.keys()).map(({ id: kid, ...rest }) => ({ kid, ...rest }));
    if (given.has("json")) for (const key of all) io.stdout.write(`${JSON.stringify(key)}\n`);
    else io.stdout.write(table([["kid", "state", "signs from"], ...all.map((key) => Object.values(key))], io));
    return EXIT_OK;
  });
}

async function replaceKeys(words: readonly string[], given: Given, io: Io): Promise<number> {
  if (words.length > 0) throw new UsageError("key replace takes no words", "All of them are replaced at once.");
  return withIdentity(given, io, async ({ administration }) => {
    const [key] = await administration.replaceKeys(whoRuns());
    io.stdout.write(
      given.has("json")
        ? `${JSON.stringify({ kid: key?.id })}\n`
        : `${key?.id ?? ""} signs within a minute; every token that was signed before is refused once gates load keys anew\n`,
    );
    return EXIT_OK;
  });
}

async function migrateDatabase(_words: readonly string[], given: Given, io: Io): Promise<number> {
  const { database: address } = await identitySettings(given, io);
  if (!given.has("plan")) {
    return withIdentity(given, io, () => {
      io.stdout.write("the database is up to date\n");
      return Promise.resolve(EXIT_OK);
    });
  }
  const database = openSql<IdentityTables>({ address });
  try {
    const names = await plannedMigrations(database);
    io.stdout.write(
      names.length === 0 ? "nothing would be changed\n" : names.map((name) => `would run ${name}\n`).join(""),
    );
  } finally {
    await database.close();
  }
  return EXIT_OK;
}

/** While it is served: SQLite copies a consistent state. */
async function backUp([file, ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  if (file === undefined || more.length > 0)
    throw new UsageError("backup needs a file", "Example: portcullis identity backup /backups/identity.db");
  const { database } = await identitySettings(given, io);
  if (isPostgres(database)) throw new UsageError("PostgreSQL has tools of its own for that", "pg_dump --format=custom");
  const target = path.resolve(io.cwd, file);
  if (existsSync(target))
    throw new UsageError(`${file} is there already`, "Name one that is not: nothing is written over.");
  const source = new DatabaseSync(database, { readOnly: true });
  try {
    await backup(source, target);
  } finally {
    source.close();
  }
  io.stdout.write(`${file} holds all of it; keep identity.secrets with it, apart: without them it cannot be read\n`);
  return EXIT_OK;
}
