// A database of an earlier version goes on: what is new is added, what was there stays, and nothing runs twice.
import { type Insertable, type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { migrationsFor, openIdentityDatabase, plannedMigrations } from "../../src/identity/database.ts";
import { accountsAndArtifacts } from "../../src/identity/migrations/0001-accounts-and-artifacts.ts";
import type { IdentityTables } from "../../src/identity/tables.ts";
import {
  DatabaseNewerError,
  executedMigrations,
  migrate,
  openSql,
  type SqlKind,
} from "../../src/stores/sql-database.ts";
import { run } from "../cli/running.ts";
import { DATABASES } from "./databases.ts";
import { postgresPrograms, type RunningPostgres, startPostgres } from "./postgres.ts";
import { Site } from "./site.ts";

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
  expect(accounts).toEqual([
    { ...ACCOUNT, sessions_generation: 0, password_length_min: null, declared: 0, declared_password: null },
  ]);
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
  planned: [
    "0002-second-factors",
    "0003-administration",
    "0004-sessions-and-invitations",
    "0005-kept-by-configuration",
  ],
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

/** What stands in every table that the first version has. */
const ROWS = {
  account: ACCOUNT,
  account_role: { account_id: "1", role: "support", created_at: 2 },
  client: {
    id: "spa",
    profile: "public",
    name: "A",
    settings: "{}",
    secrets: "[]",
    declared: 1,
    created_at: 3,
    updated_at: 3,
  },
  signing_key: {
    kid: "k",
    algorithm: "ES256",
    public_jwk: "{}",
    private_jwk: Buffer.from("x"),
    created_at: 4,
    signs_from: 4,
  },
  revocation: { kind: "token", value: "t", created_at: 5, until: 9 },
  sign_in_failure: { key: "f", failures: 6, blocked_until: 6, changed_at: 6 },
  artifact: { model: "Grant", id_hash: "g", payload: Buffer.from("y"), account_id: "1", expires_at: 7 },
} as const;
const ADDED_LATER = { factor: 2, recovery_code: 2 } as const;
const LATER_ROWS = {
  factor: {
    id: "2",
    account_id: "1",
    kind: "totp",
    name: "Phone",
    secret: Buffer.from("z"),
    counter: 8,
    created_at: 8,
  },
  recovery_code: { account_id: "1", code_hash: "h" },
} as const;

type Anything = Record<string, Record<string, unknown>>;

describe.each(DATABASES)("on $name, a database", ({ kind }) => {
  const isHere = kind === "sqlite" || postgresPrograms() !== undefined;
  const names = Object.keys(migrationsFor({ kind: kind satisfies SqlKind })).sort();
  let postgres: RunningPostgres | undefined;
  let folder: string;
  let count = 0;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "portcullis-migration-"));
    if (kind === "postgresql" && isHere) postgres = await startPostgres(postgresPrograms() as string);
  });

  afterAll(async () => {
    await postgres?.stop();
    rmSync(folder, { recursive: true });
  });

  const rowsAt = (version: number): Anything => {
    const later = Object.entries(LATER_ROWS).filter(([table]) => ADDED_LATER[table as "factor"] <= version);
    return { ...ROWS, ...Object.fromEntries(later) };
  };

  /** As the first so many migrations made it, with a row in each table. */
  const old = async (version: number) => {
    count += 1;
    const address = postgres?.database(`old_${count}`) ?? path.join(folder, `${count}.db`);
    const database = openSql<Anything>({ address });
    onTestFinished(() => database.close());
    const all = migrationsFor(database);
    const first = names.slice(0, version).map((name) => [name, all[name]] as const);
    await migrate(database, Object.fromEntries(first) as typeof all);
    for (const [table, row] of Object.entries(rowsAt(version))) {
      await database.queries.insertInto(table).values(row).execute();
    }
    const holds = async () => {
      for (const [table, row] of Object.entries(rowsAt(version))) {
        const found = await database.queries
          .selectFrom(table)
          .selectAll()
          .where(Object.keys(row)[0] as never, "=", Object.values(row)[0] as never)
          .execute();
        expect(found).toHaveLength(1);
        for (const [column, value] of Object.entries(row)) {
          const is = found[0]?.[column];
          expect(value instanceof Uint8Array ? Buffer.from(is as Uint8Array) : is, `${table}.${column}`).toEqual(value);
        }
      }
    };
    return { address, database, holds };
  };

  it.runIf(isHere).each(names.map((name, i) => [name, i + 1] as const))(
    "as %s left it is told what is planned, gets it, and keeps every row",
    async (_name, version) => {
      const { address, database, holds } = await old(version);
      const known = { ...database } as unknown as Parameters<typeof plannedMigrations>[0];
      expect(await plannedMigrations(known)).toEqual(names.slice(version));
      expect(await executedMigrations(database)).toEqual(names.slice(0, version));
      await (await openIdentityDatabase({ address })).close();
      expect(await plannedMigrations(known)).toEqual([]);
      await holds();
    },
  );

  it.runIf(isHere)("whose migration fails half-way is as before, and goes on once that is mended", async () => {
    const { address, database, holds } = await old(1);
    // The second of the tables that the next version makes.
    await database.queries.schema.createTable("recovery_code").addColumn("mine", "text").execute();
    await expect(openIdentityDatabase({ address })).rejects.toThrow(/recovery_code/);
    expect(await executedMigrations(database)).toEqual(names.slice(0, 1));
    const tables = await database.queries.introspection.getTables();
    expect(tables.map(({ name }) => name)).not.toContain("factor");
    await holds();
    await database.queries.schema.dropTable("recovery_code").execute();
    await (await openIdentityDatabase({ address })).close();
    expect(await executedMigrations(database)).toEqual(names);
    await holds();
  });

  it.runIf(isHere)("of a newer version is refused, by every command, and stays as it is", async () => {
    const { address, database, holds } = await old(names.length);
    const future = { up: (db: Kysely<unknown>) => db.schema.createTable("hologram").addColumn("id", "text").execute() };
    await migrate(database, { ...migrationsFor(database), "9999-holograms": future });
    await expect(openIdentityDatabase({ address })).rejects.toThrow(DatabaseNewerError);
    const site = await Site.make({ database: address });
    onTestFinished(() => site.close());
    for (const words of [["start"], ["migrate", "--plan"], ["user", "list"]]) {
      const { code, err } = await run(["identity", ...words], { cwd: site.folder, env: site.environment() });
      expect([code, err]).toEqual([2, expect.stringContaining("was made by a newer version")]);
      expect(err).toContain("9999-holograms");
      expect(err).toContain("Run that version");
    }
    await holds();
  });

  it.runIf(isHere)(
    "that has had a later one without an earlier is refused, by the plan too, and stays as it is",
    async () => {
      const { address, database, holds } = await old(names.length);
      await sql`delete from portcullis_migration where name = ${names[2]}`.execute(database.queries);
      const site = await Site.make({ database: address });
      onTestFinished(() => site.close());
      for (const words of [["start"], ["migrate", "--plan"], ["migrate"]]) {
        const { code, err } = await run(["identity", ...words], { cwd: site.folder, env: site.environment() });
        expect([code, err]).toEqual([
          2,
          expect.stringContaining(`it has had ${names.at(-1) ?? ""} without ${names[2] ?? ""}`),
        ]);
      }
      await holds();
    },
  );
});
