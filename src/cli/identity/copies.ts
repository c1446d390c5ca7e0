// `portcullis identity backup|restore`: a copy of the whole SQLite file, made while it is served; judged before it is put back.
import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { SigningKeys } from "../../identity/keys/signing-keys.ts";
import { systemClock } from "../../core/clock.ts";
import { openIdentityDatabase } from "../../identity/database.ts";
import { Sealer } from "../../identity/sealing.ts";
import type { IdentitySettings } from "../../configuration/settings.ts";
import { isPostgres } from "../../stores/sql-database.ts";
import { reserveFile } from "../../stores/reserved-file.ts";
import { makePrivate } from "../../stores/sqlite.ts";
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { firstClosed } from "../../identity/sealed-rows.ts";
import { foreseen } from "./foreseen.ts";
import { identitySettings } from "./opening.ts";

const HEAD_BYTES = 100;
const POSTGRES_REMEDY = "pg_dump --format=custom, and pg_restore";

/** While it is served: SQLite copies a consistent state. */
export async function backUp([file, ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  if (file === undefined || more.length > 0)
    throw new UsageError("backup needs a file", "Example: portcullis identity backup /backups/identity.db");
  const { database } = await identitySettings(given, io);
  if (isPostgres(database)) throw new UsageError("PostgreSQL has tools of its own for that", POSTGRES_REMEDY);
  const target = path.resolve(io.cwd, file);
  if (existsSync(target))
    throw new UsageError(`${file} is there already`, "Name one that is not: nothing is written over.");
  if (!existsSync(database)) throw new UsageError(`there is no ${database}`, "See identity.database.");
  await copy(database, target);
  io.stdout.write(`${file} holds all of it; keep identity.secrets with it, apart: without them it cannot be read\n`);
  return EXIT_OK;
}

/** In the place of none: what is there is moved away by its owner. Nothing is put there that could not be served. */
export async function restore([file, ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  if (file === undefined || more.length > 0)
    throw new UsageError("restore needs a file", "Example: portcullis identity restore /backups/identity.db");
  const settings = await identitySettings(given, io);
  const { database } = settings;
  if (isPostgres(database)) throw new UsageError("PostgreSQL has tools of its own for that", POSTGRES_REMEDY);
  const source = path.resolve(io.cwd, file);
  if (!existsSync(source)) throw new UsageError(`there is no ${file}`, "Name what `identity backup` wrote.");
  judge(source, file);
  const reserved = reserve(database);
  try {
    for (const there of [database, `${database}-wal`]) {
      if (existsSync(there))
        throw new UsageError(`${there} is there already`, "Move it away: nothing is written over.");
    }
    const part = `${database}.part`;
    rmSync(part, { force: true });
    await copy(source, part);
    await judgeSecrets(part, settings);
    renameSync(part, database);
  } finally {
    reserved.release();
  }
  io.stdout.write(`${database} is what ${file} holds\n`);
  return EXIT_OK;
}

/** Whole or not there: what is only begun has another name. */
async function copy(from: string, to: string): Promise<void> {
  const part = `${to}.begun`;
  rmSync(part, { force: true });
  makePrivate(part);
  const source = new DatabaseSync(from, { readOnly: true });
  try {
    await backup(source, part);
  } finally {
    source.close();
  }
  renameSync(part, to);
}

/** Every page of it is read: a copy that was cut off or damaged is refused, also where it could be opened. */
function judge(source: string, file: string): void {
  const remedy = "Take another backup: this one was cut off, damaged, or is something else.";
  let database: DatabaseSync | undefined;
  try {
    if (!isWhole(source)) throw new UsageError(`${file} is damaged: its size is not what it says itself`, remedy);
    database = new DatabaseSync(source, { readOnly: true });
    const [found] = database.prepare("PRAGMA integrity_check(1)").all() as { integrity_check: string }[];
    if (found?.integrity_check !== "ok")
      throw new UsageError(`${file} is damaged: ${found?.integrity_check ?? ""}`, remedy);
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE name IN ('portcullis_migration', 'account')")
      .all();
    if (tables.length !== 2) throw new UsageError(`${file} is no backup of an authorization server`, remedy);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`, remedy);
  } finally {
    database?.close();
  }
}

/** By its head (the format's sections 1.3.2 and 1.3.8). The database itself forgives a last page that ends too soon. */
function isWhole(source: string): boolean {
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(source, "r");
  try {
    if (readSync(file, head) < HEAD_BYTES) return false;
    const said = head.readUInt16BE(16);
    return fstatSync(file).size === (said === 1 ? 65_536 : said) * head.readUInt32BE(28);
  } finally {
    closeSync(file);
  }
}

/** Brought up to date by that, as a start would. */
async function judgeSecrets(file: string, { secrets, database: address }: IdentitySettings): Promise<void> {
  const database = await openIdentityDatabase({ address: file }).catch((error: unknown) => {
    throw foreseen(error, address);
  });
  try {
    const rotation = { everySeconds: 1e9, publishedBeforeSeconds: 0, publishedAfterSeconds: 0 };
    const sealer = new Sealer(secrets);
    await new SigningKeys(database, sealer, systemClock, rotation).current();
    const closed = await firstClosed(database, sealer, Math.floor(systemClock.nowMs() / 1000));
    if (closed !== undefined)
      throw new UsageError(
        `the copy has something in ${closed} that the identity.secrets do not open`,
        "It was altered, or sealed by a secret that is missing: name every secret that was in use, or take another backup.",
      );
  } catch (error) {
    throw foreseen(error, address);
  } finally {
    await database.close();
  }
}

function reserve(database: string): { release(): void } {
  try {
    return reserveFile(database);
  } catch (error) {
    throw foreseen(error, database);
  }
}
