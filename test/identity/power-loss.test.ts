// Killed at any moment, and with PostgreSQL under it: what was acknowledged to anybody is still so.
import { randomInt } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { sql } from "kysely";
import { describe, expect, it, onTestFinished } from "vitest";
import type { IdentityTables } from "../../src/identity/tables.ts";
import { openSql } from "../../src/stores/sql-database.ts";
import { postgresPrograms, startPostgres } from "./postgres.ts";
import { Recorder } from "./recorder.ts";
import { Site } from "./site.ts";
import { Worker } from "./worker.ts";

/** `POWER_LOSS_KILLS=200` for the whole of it: about four minutes for each database. */
const KILLS = Number(process.env["POWER_LOSS_KILLS"] ?? 5);
const WORKERS = 4;
/** It is killed some milliseconds behind so many answers at most. */
const ANSWERS_MAX = 50;
const MOMENT_MS = 20;
const PATIENCE_MS = 300_000 + KILLS * 10_000;

const doNothing: (recorder: Recorder) => Promise<void> = () => Promise.resolve();

interface Outcome {
  readonly recorder: Recorder;
  readonly missing: readonly string[];
}

/** `everyTenth`: what also happens, while the server runs. */
async function killed(database: string | undefined, kills: number, everyTenth = doNothing): Promise<Outcome> {
  const site = await Site.make({ database, identity: { accessTokenLifetime: "1h" } });
  onTestFinished(() => site.close());
  // Who is killed keeps nothing for the next start: this one does.
  await site.run("identity", "client", "list");
  const recorder = new Recorder();
  let up = Promise.withResolvers<void>();
  const workers = Array.from({ length: WORKERS }, () => new Worker(site, recorder, () => up.promise));
  let working: Promise<unknown> = Promise.resolve();
  // A machine that is slow may need more of them until something of every kind was acknowledged.
  for (let kill = 0; kill < kills || (!recorder.isTelling && kill < kills * 4); kill += 1) {
    const server = await site.start();
    up.resolve();
    if (kill === 0) working = Promise.all(workers.map((worker) => worker.work()));
    await recorder.answers(randomInt(1, ANSWERS_MAX));
    if (kill % 10 === 3) await everyTenth(recorder);
    await wait(randomInt(MOMENT_MS));
    up = Promise.withResolvers<void>();
    await server.end("SIGKILL");
  }
  const { origin } = await site.start();
  for (const worker of workers) worker.stop();
  up.resolve();
  await working;
  const rows = openSql<IdentityTables>({ address: site.database });
  const missing = await recorder.missing(site, origin, rows);
  await rows.close();
  if (process.env["POWER_LOSS_KILLS"] !== undefined) process.stderr.write(`${kills} kills, ${recorder.figures}\n`);
  return { recorder, missing };
}

describe(`nothing that was acknowledged is lost when the process is killed at any moment, ${KILLS} times`, () => {
  it("on SQLite", { timeout: PATIENCE_MS }, async () => {
    const outcome = await killed(undefined, KILLS);
    expect([outcome.missing, outcome.recorder.isTelling]).toEqual([[], true]);
  });

  it.runIf(postgresPrograms() !== undefined)("on PostgreSQL", { timeout: PATIENCE_MS }, async () => {
    const postgres = await startPostgres(postgresPrograms() as string, { durable: true });
    onTestFinished(() => postgres.stop());
    const outcome = await killed(postgres.database("identity"), KILLS);
    expect([outcome.missing, outcome.recorder.isTelling]).toEqual([[], true]);
  });

  it.runIf(postgresPrograms() !== undefined)(
    "on a PostgreSQL whose own processes are killed while it serves",
    { timeout: PATIENCE_MS },
    async () => {
      const postgres = await startPostgres(postgresPrograms() as string, { durable: true });
      onTestFinished(() => postgres.stop());
      const lose = async (recorder: Recorder) => {
        await postgres.loseItsPower();
        // The server goes on with the new one.
        await recorder.answers(ANSWERS_MAX);
      };
      const outcome = await killed(postgres.database("identity"), Math.max(5, Math.round(KILLS / 5)), lose);
      expect([outcome.missing, outcome.recorder.isTelling]).toEqual([[], true]);
    },
  );
});

it("SQLite is told to have every commit on the disk before it says so", async () => {
  const site = await Site.make();
  const database = openSql<IdentityTables>({ address: site.database });
  onTestFinished(async () => {
    await database.close();
    await site.close();
  });
  const { rows: journal } = await sql<{ journal_mode: string }>`PRAGMA journal_mode`.execute(database.queries);
  const { rows: flushing } = await sql<{ synchronous: number }>`PRAGMA synchronous`.execute(database.queries);
  expect([journal[0]?.journal_mode, flushing[0]?.synchronous]).toEqual(["wal", 2]);
});
