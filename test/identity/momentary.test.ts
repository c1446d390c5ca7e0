// What SQLite does not wait for the disk with is what begins anew by itself; all that anybody was promised, it waits for.
import { randomBytes } from "node:crypto";
import { Kysely, sql } from "kysely";
import { afterAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { SignInThrottle } from "../../src/identity/accounts/sign-in-throttle.ts";
import { ArtifactStore } from "../../src/identity/artifacts/artifact-store.ts";
import { migrationsFor } from "../../src/identity/database.ts";
import { Sealer } from "../../src/identity/sealing.ts";
import type { IdentityTables } from "../../src/identity/tables.ts";
import { isMomentary, momentary } from "../../src/stores/momentary.ts";
import { migrate } from "../../src/stores/sql-database.ts";
import { sqliteDialect } from "../../src/stores/sqlite.ts";

/** As SQLite numbers them. */
const [NORMAL, FULL] = [1, 2];

const statements: string[] = [];
const queries = new Kysely<IdentityTables>({
  dialect: sqliteDialect(":memory:"),
  log: ({ query }) => void statements.push(query.sql),
});
const database = { kind: "sqlite", queries, close: () => queries.destroy() } as const;
await migrate(database, migrationsFor(database));
afterAll(() => database.close());

async function waits(within: Kysely<IdentityTables>, isMarked: boolean): Promise<number | undefined> {
  const mark = isMarked ? momentary : sql``;
  const { rows } = await sql<{ synchronous: number }>`select synchronous from pragma_synchronous ${mark}`.execute(
    within,
  );
  return rows[0]?.synchronous;
}

/** Whether each statement that it takes is one that is not waited for. */
async function areMomentary(work: () => Promise<unknown>): Promise<boolean[]> {
  statements.length = 0;
  await work();
  return statements.map(isMomentary);
}

describe("a momentary statement", () => {
  it("alone does not wait for the disk, and the next one does", async () => {
    expect(await waits(queries, false)).toBe(FULL);
    expect(await waits(queries, true)).toBe(NORMAL);
    expect(await waits(queries, false)).toBe(FULL);
  });
  it("in a transaction is kept with all of it", async () => {
    expect(await queries.transaction().execute((inside) => waits(inside, true))).toBe(FULL);
  });
  it("that fails leaves the next one as safe", async () => {
    await expect(sql`insert into account (id) values (1) ${momentary}`.execute(queries)).rejects.toThrow("NOT NULL");
    expect(await waits(queries, false)).toBe(FULL);
  });
});

describe("of what identity writes", () => {
  const sealer = new Sealer([randomBytes(32).toString("base64url")]);
  const store = new ArtifactStore(database, sealer, systemClock);

  it.each(["Interaction", "PasskeyChallenge", "PendingSignIn"])("a step under way is momentary: %s", async (model) => {
    expect(await areMomentary(() => store.put(model, "id", {}, 60))).toEqual([true]);
    expect(await areMomentary(() => store.remove(model, "id"))).toEqual([true]);
  });
  it.each(["AuthorizationCode", "RefreshToken", "Session", "Grant", "PasswordReset", "EmailVerification"])(
    "what somebody was given is not: %s",
    async (model) => {
      expect(await areMomentary(() => store.put(model, "id", {}, 60))).toEqual([false]);
      expect(await areMomentary(() => store.remove(model, "id"))).toEqual([false]);
    },
  );
  it("that something was used is not, whatever it was", async () => {
    for (const model of ["PasskeyChallenge", "RefreshToken"]) {
      expect(await areMomentary(() => store.consume(model, "id"))).toEqual([false]);
    }
    expect(await areMomentary(() => store.putOnce("ReplayDetection", "id", {}, 60))).toEqual([false]);
  });
  it("counts of tries are", async () => {
    const throttle = new SignInThrottle(database, sealer, systemClock);
    expect(await areMomentary(() => throttle.enter("ann@example.com", undefined))).toEqual([true]);
    expect(await areMomentary(() => throttle.succeeded("ann@example.com", undefined))).toEqual([true]);
  });
});
