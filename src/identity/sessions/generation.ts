// Whether an account is still what a sign-in has seen of it: counted up whenever sessions of it are ended.
import type { Transaction } from "kysely";
import type { IdentityTables } from "../tables.ts";

/** An update for its lock: whoever ends sessions at the same time counts up before or after this transaction, not in between. */
export async function holdGeneration(
  queries: Transaction<IdentityTables>,
  accountId: string,
  generation: number,
): Promise<boolean> {
  const { numUpdatedRows } = await queries
    .updateTable("account")
    .set({ sessions_generation: generation })
    .where("id", "=", accountId)
    .where("sessions_generation", "=", generation)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}
