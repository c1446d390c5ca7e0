// A flood of sign-ups that nobody confirms, all due at once, as behind a day without upkeep: they go, and the rest of the upkeep comes (CWE-770).
import { sql } from "kysely";
import { expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import { AccountStore } from "../../src/identity/accounts/account-store.ts";
import { openIdentityDatabase } from "../../src/identity/database.ts";

/** More than one statement may name: SQLite takes 32,766 values. */
const COUNT = 33_000;

it("P07 whoever signs up with thousands of addresses does not keep them for good", async () => {
  const database = await openIdentityDatabase({ address: ":memory:" });
  onTestFinished(() => database.close());
  const { queries } = database;
  await sql`with recursive n (i) as (select 1 union all select i + 1 from n where i < ${COUNT})
    insert into account (id, email, email_key, status, created_at, updated_at, sessions_generation, declared)
    select 'id-' || i, i || '@example.com', i || '@example.com', 'active', 0, 0, 0, 0 from n`.execute(queries);
  await sql`update account set email_verified_at = 1 where id = 'id-7'`.execute(queries);
  await sql`update account set status = 'disabled' where id = 'id-8'`.execute(queries);
  const named = Array.from({ length: COUNT }, (_, i) => String(i));
  await expect(queries.deleteFrom("artifact").where("account_id", "in", named).execute()).rejects.toThrow("too many");
  const removed: number[] = [];
  const store = new AccountStore(database, systemClock);
  await store.removeUnconfirmed((ids) => Promise.resolve(void removed.push(ids.length)));
  expect(removed.reduce((sum, count) => sum + count, 0)).toBe(COUNT - 2);
  expect(Math.max(...removed)).toBeLessThanOrEqual(500);
  const left = await queries.selectFrom("account").select("id").orderBy("id").execute();
  expect(left.map(({ id }) => id)).toEqual(["id-7", "id-8"]);
});
