// `portcullis identity key|migrate|backup|restore …`: signing keys, and the database as a whole.
import { plannedMigrations } from "../../identity/database.ts";
import { openSql } from "../../stores/sql-database.ts";
import type { IdentityTables } from "../../identity/tables.ts";
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { table } from "../table.ts";
import { backUp, restore } from "./copies.ts";
import { foreseen } from "./foreseen.ts";
import { identitySettings, whoRuns, withIdentity } from "./opening.ts";

type Run = (words: readonly string[], given: Given, io: Io) => Promise<number>;

export const databaseCommands: readonly (readonly [string, Run])[] = [
  ["key list", listKeys],
  ["key replace", replaceKeys],
  ["migrate", migrateDatabase],
  ["backup", backUp],
  ["restore", restore],
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
        : `${key?.id ?? ""} signs from now on; every token that was signed before is refused within three seconds\n`,
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
    const names = await plannedMigrations(database).catch((error: unknown) => {
      throw foreseen(error, address);
    });
    io.stdout.write(
      names.length === 0 ? "nothing would be changed\n" : names.map((name) => `would run ${name}\n`).join(""),
    );
  } finally {
    await database.close();
  }
  return EXIT_OK;
}
