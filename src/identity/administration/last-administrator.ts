// Guards that somebody can still administer: the last one who can sign in is neither disabled, nor deleted, nor stripped of the role.
import type { Account } from "../accounts/account-store.ts";
import type { Kysely } from "kysely";
import { ADMINISTRATOR_ROLE } from "../roles/role-store.ts";
import type { IdentityTables } from "../tables.ts";
import type { Stores } from "./stores.ts";

/** Who can administer: has the role, is active, confirmed, and has something to sign in with. */
function administrators(queries: Kysely<IdentityTables>) {
  return queries
    .selectFrom("account")
    .innerJoin("account_role", "account_role.account_id", "account.id")
    .select("account.id")
    .where("account_role.role", "=", ADMINISTRATOR_ROLE)
    .where("account.status", "=", "active")
    .where("account.email_verified_at", "is not", null)
    .where((where) =>
      where.or([
        where("account.password", "is not", null),
        where.exists(
          where
            .selectFrom("factor")
            .select("factor.id")
            .whereRef("factor.account_id", "=", "account.id")
            .where("factor.kind", "=", "passkey"),
        ),
      ]),
    );
}

export async function hasAdministrator({ database }: Stores): Promise<boolean> {
  return (await administrators(database.queries).limit(1).executeTakeFirst()) !== undefined;
}

/** Within the transaction of a change: of two administrators who remove each other at once, one is left. */
export async function isLastAdministrator({ id }: Account, { database }: Stores): Promise<boolean> {
  const found = await administrators(database.queries).limit(2).execute();
  return found.length === 1 && found[0]?.id === id;
}
