// Finds accounts for administrators: by a part of the address, by status and role, page by page in the order of addresses.
import { sql } from "kysely";
import type { Account } from "../accounts/account-store.ts";
import type { Stores } from "./stores.ts";

export interface UserSearch {
  /** A part of the address, in any letter case. */
  readonly text?: string | undefined;
  readonly status?: Account["status"] | undefined;
  readonly role?: string | undefined;
  /** Key of the last address of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface FoundUsers {
  readonly accounts: readonly Account[];
  readonly rolesOf: (accountId: string) => readonly string[];
  /** For the next page; undefined on the last one. */
  readonly next: string | undefined;
}

export async function searchUsers({ database }: Stores, search: UserSearch): Promise<FoundUsers> {
  const { text, status, role, after, limit } = search;
  let query = database.queries
    .selectFrom("account")
    .selectAll()
    .orderBy("email_key")
    .limit(limit + 1);
  if (after !== undefined) query = query.where("email_key", ">", after);
  if (text !== undefined) query = query.where(sql<boolean>`email_key like ${pattern(text)} escape '!'`);
  if (status !== undefined) query = query.where("status", "=", status);
  if (role !== undefined) {
    query = query.where("id", "in", (inner) =>
      inner.selectFrom("account_role").select("account_id").where("role", "=", role),
    );
  }
  const rows = await query.execute();
  const accounts = rows.slice(0, limit);
  const roles = await rolesOf(database, accounts);
  return {
    accounts,
    rolesOf: (id) => roles.get(id) ?? [],
    next: rows.length > limit ? accounts.at(-1)?.email_key : undefined,
  };
}

/** What is typed is looked for as it stands: `%` and `_` would match anything. */
function pattern(text: string): string {
  return `%${text.normalize("NFKC").toLowerCase().replaceAll(/[!%_]/g, "!$&")}%`;
}

async function rolesOf(
  { queries }: Stores["database"],
  accounts: readonly Account[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  if (accounts.length === 0) return found;
  const rows = await queries
    .selectFrom("account_role")
    .select(["account_id", "role"])
    .where(
      "account_id",
      "in",
      accounts.map(({ id }) => id),
    )
    .orderBy("role")
    .execute();
  for (const { account_id, role } of rows) found.set(account_id, [...(found.get(account_id) ?? []), role]);
  return found;
}
