// Takes over the accounts that the configuration keeps: made, changed, and disabled once it names them no longer, never deleted.
import { createHash } from "node:crypto";
import type { Account } from "../accounts/account-store.ts";
import type { EmailAddress } from "../accounts/email-address.ts";
import { type Actor, differences } from "../changes/change-log.ts";
import type { AskedForPassword, PasswordWishes } from "./password-wishes.ts";
import type { Stores } from "./stores.ts";

export interface DeclaredUser {
  readonly email: EmailAddress;
  /** Exactly these. */
  readonly roles: readonly string[];
  readonly status: Account["status"];
  /** In PHC form, by one of the server's own peppers; undefined: a mail asks the holder for one. */
  readonly passwordHash: string | undefined;
}

/** Whose address the configuration names: theirs from then on, also where somebody signed up with it. */
export async function takeUsers(
  declared: readonly DeclaredUser[],
  actor: Actor,
  stores: Stores,
  wishes: PasswordWishes,
): Promise<readonly AskedForPassword[]> {
  const { accounts } = stores;
  const asked: AskedForPassword[] = [];
  const kept = new Set<string>();
  for (const user of declared) {
    const account = await takeUser(user, actor, stores);
    kept.add(account.id);
    if (await mayBeAsked(account.id, stores)) asked.push(...(await wishes.of(account, stores)));
  }
  for (const account of await accounts.declared()) {
    if (!kept.has(account.id)) await letGo(account, actor, stores);
  }
  return asked;
}

async function takeUser(user: DeclaredUser, actor: Actor, stores: Stores): Promise<Account> {
  const { accounts, changes } = stores;
  const known = await knownOf(user.email, stores);
  const account = known ?? (await accounts.create(user.email, null, null));
  // The transaction has looked, and whoever makes accounts waits for it.
  if (account === undefined) throw new Error(`${user.email.address} was taken meanwhile`);
  const before = known === undefined ? {} : await stateOf(account, stores);
  if (account.email_verified_at === null) await accounts.verifyEmail(account.id);
  const hasNewPassword = user.passwordHash !== undefined && account.declared_password !== markOf(user.passwordHash);
  if (user.passwordHash !== undefined && hasNewPassword)
    await accounts.setPassword(account.id, user.passwordHash, null);
  await accounts.keep(account.id, user.status, user.passwordHash === undefined ? null : markOf(user.passwordHash));
  const roles = await accounts.roles(account.id);
  const lost = roles.filter((role) => !user.roles.includes(role));
  for (const role of user.roles) await accounts.addRole(account.id, role);
  for (const role of lost) await accounts.removeRole(account.id, role);
  const isShutOut = user.status === "disabled" && account.status === "active";
  if (known !== undefined && (hasNewPassword || isShutOut)) await stores.sessions.endAll(account.id);
  else if (lost.length > 0) await stores.revocations.revokeAccount(account.id);
  const taken = (await accounts.byId(account.id)) as Account;
  const difference = differences(before, await stateOf(taken, stores));
  if (difference !== undefined || hasNewPassword) {
    const what = known === undefined ? "created" : difference === undefined ? "password-set" : "changed";
    await changes.write({ actor, what, targetKind: "account", target: account.id, ...difference });
  }
  return taken;
}

/** Who registered the address without ever confirming it may be somebody else, with a password of their own: that account is gone. */
async function knownOf(email: EmailAddress, { accounts, database, sessions }: Stores): Promise<Account | undefined> {
  const known = await accounts.byEmail(email);
  if (known === undefined || known.email_verified_at !== null) return known;
  await sessions.endAll(known.id);
  await database.queries.deleteFrom("account").where("id", "=", known.id).execute();
  return undefined;
}

/** Where nothing signs the holder in yet. */
async function mayBeAsked(id: string, { accounts, factors }: Stores): Promise<boolean> {
  const account = await accounts.byId(id);
  if (account === undefined || account.password !== null || account.status !== "active") return false;
  return !(await factors.list(id)).some(({ kind }) => kind === "passkey");
}

/** It stays, with all that belongs to it, for an administrator to enable or to delete. */
async function letGo(account: Account, actor: Actor, stores: Stores): Promise<void> {
  const before = await stateOf(account, stores);
  await stores.accounts.letGo(account.id);
  if (account.status === "active") await stores.sessions.endAll(account.id);
  const after = await stateOf((await stores.accounts.byId(account.id)) as Account, stores);
  const difference = differences(before, after);
  await stores.changes.write({ actor, what: "disabled", targetKind: "account", target: account.id, ...difference });
}

async function stateOf(account: Account, { accounts }: Stores): Promise<Readonly<Record<string, unknown>>> {
  return {
    status: account.status,
    roles: await accounts.roles(account.id),
    keptByConfiguration: account.declared === 1,
  };
}

/** Of the hash that was taken over last: another one in the configuration is set, what the holder chose since is left alone. */
function markOf(passwordHash: string): string {
  return createHash("sha256").update(passwordHash).digest("base64url");
}
