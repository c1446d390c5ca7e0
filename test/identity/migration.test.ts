// A database of an earlier version goes on: what is new is added, what was there stays, and nothing runs twice.
import type { Insertable, Kysely } from "kysely";
import type { Migration } from "kysely/migration";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { openIdentityDatabase, plannedMigrations } from "../../src/identity/database.ts";
import { accountsAndArtifacts } from "../../src/identity/migrations/0001-accounts-and-artifacts.ts";
import type { IdentityTables } from "../../src/identity/tables.ts";
import { migrate, openSql } from "../../src/stores/sql-database.ts";
import { postgresPrograms, startPostgres } from "./postgres.ts";

const ACCOUNT = {
  id: "1",
  email: "ann@example.com",
  email_key: "ann@example.com",
  email_verified_at: 1,
  password: null,
  status: "active",
  created_at: 1,
  updated_at: 1,
} as const;

/** What was planned for it, and how many accounts it has afterwards. */
async function takenOver(address: string): Promise<{ planned: string[]; accounts: number }> {
  const old = openSql<IdentityTables>({ address });
  await migrate(old, { "0001-accounts-and-artifacts": accountsAndArtifacts(old.kind) });
  await old.queries
    .insertInto("account")
    .values(ACCOUNT as unknown as Insertable<IdentityTables["account"]>)
    .execute();
  const planned = await plannedMigrations(old);
  await old.close();
  await Promise.all([1, 2, 3].map(() => openInProcess(address)));
  const [one, other] = [await openIdentityDatabase({ address }), await openIdentityDatabase({ address })];
  const accounts = await one.queries.selectFrom("account").selectAll().execute();
  expect(accounts).toEqual([{ ...ACCOUNT, sessions_generation: 0, password_length_min: null }]);
  expect(await other.queries.selectFrom("session").selectAll().execute()).toEqual([]);
  expect(await other.queries.selectFrom("factor").selectAll().execute()).toEqual([]);
  const code = { account_id: "1", code_hash: "x", used_at: null };
  await one.queries.insertInto("recovery_code").values(code).execute();
  await one.queries.deleteFrom("account").execute();
  expect(await other.queries.selectFrom("recovery_code").selectAll().execute()).toEqual([]);
  await Promise.all([one.close(), other.close()]);
  return { planned, accounts: accounts.length };
}

const GOOD = {
  planned: ["0002-second-factors", "0003-administration", "0004-sessions-and-invitations"],
  accounts: 1,
};

/** Opens it and ends. Rejects with what it said where that failed. */
function openInProcess(address: string): Promise<unknown> {
  const text = `const { openIdentityDatabase } = await import(process.argv[1]);
await (await openIdentityDatabase({ address: process.argv[2] })).close();`;
  const module = path.join(import.meta.dirname, "../../src/identity/database.ts");
  return promisify(execFile)(process.execPath, ["--input-type=module", "-e", text, module, address]);
}

it("a migration that fails half-way leaves nothing behind, and can be run again", async () => {
  const database = openSql<Record<"first", { id: string }>>({ address: ":memory:" });
  onTestFinished(() => database.close());
  const half: Migration = {
    async up(db: Kysely<unknown>) {
      await db.schema.createTable("first").addColumn("id", "text").execute();
      throw new Error("the power went");
    },
  };
  await expect(migrate(database, { "0001": half })).rejects.toThrow("the power went");
  const whole: Migration = {
    async up(db: Kysely<unknown>) {
      await db.schema.createTable("first").addColumn("id", "text").execute();
    },
  };
  expect(await migrate(database, { "0001": whole })).toEqual(["0001"]);
  expect(await database.queries.selectFrom("first").selectAll().execute()).toEqual([]);
});

describe("a database without second factors gets them, by several processes that start at once, and loses nothing", () => {
  it("on SQLite", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "portcullis-migration-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    expect(await takenOver(path.join(folder, "identity.db"))).toEqual(GOOD);
  });

  it.runIf(postgresPrograms() !== undefined)("on PostgreSQL", async () => {
    const postgres = await startPostgres(postgresPrograms() as string);
    onTestFinished(() => postgres.stop());
    expect(await takenOver(postgres.database("identity"))).toEqual(GOOD);
  });
});
