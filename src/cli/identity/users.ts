// `portcullis identity user …`: accounts, by their e-mail address.
import type { Account } from "../../identity/accounts/account-store.ts";
import { type EmailAddress, emailAddress } from "../../identity/accounts/email-address.ts";
import type { Identity } from "../../identity/compose.ts";
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { table } from "../table.ts";
import { requireKnownRole, withIdentity } from "./opening.ts";

type Run = (words: readonly string[], given: Given, io: Io) => Promise<number>;

export const userCommands: readonly (readonly [string, Run])[] = [
  ["user add", add],
  ["user list", list],
  ["user enable", (words, given, io) => changed(words, given, io, enable)],
  ["user disable", (words, given, io) => changed(words, given, io, disable)],
  ["user grant", grantKnown],
  ["user ungrant", (words, given, io) => changed(words, given, io, ungrant)],
  ["user factors", factors],
  ["user reset-factors", (words, given, io) => changed(words, given, io, resetFactors)],
  ["user signout", (words, given, io) => changed(words, given, io, signOut)],
];

async function add([email = "", ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  if (emailAddress(email) === undefined || more.length > 0) {
    throw new UsageError("user add needs an e-mail address", "Example: portcullis identity user add ann@example.com");
  }
  const password = given.has("password-stdin") ? (await io.readInput()).replace(/\r?\n$/, "") : undefined;
  return withIdentity(given, io, async ({ accounts }) => {
    const outcome = await accounts.add(email, password);
    if (outcome === "known") throw new UsageError(`${email} has an account`, "portcullis identity user list");
    if (outcome !== "done")
      throw new UsageError(
        `the password cannot be taken: ${outcome}`,
        "At least 12 characters, none of the common ones.",
      );
    const next = password === undefined ? "a mail asks for a password" : "it can sign in";
    io.stdout.write(given.has("json") ? `${JSON.stringify({ email })}\n` : `made the account ${email}; ${next}\n`);
    return EXIT_OK;
  });
}

async function list(words: readonly string[], given: Given, io: Io): Promise<number> {
  if (words.length > 0) throw new UsageError("user list takes no words");
  return withIdentity(given, io, async ({ accountStore }) => {
    const rows: string[][] = [["e-mail", "status", "confirmed", "roles", "since"]];
    for await (const account of accountStore.all()) {
      const roles = await accountStore.roles(account.id);
      const since = new Date(account.created_at * 1000).toISOString();
      const isConfirmed = account.email_verified_at !== null;
      if (given.has("json")) {
        const { id, email, status } = account;
        io.stdout.write(`${JSON.stringify({ id, email, status, confirmed: isConfirmed, roles, since })}\n`);
      } else
        rows.push([account.email, account.status, isConfirmed ? "yes" : "no", roles.join(","), since.slice(0, 10)]);
    }
    if (!given.has("json")) io.stdout.write(table(rows, io));
    return EXIT_OK;
  });
}

async function accountOf({ accountStore }: Identity, address: EmailAddress): Promise<Account> {
  const account = await accountStore.byEmail(address);
  if (account !== undefined) return account;
  throw new UsageError(`${address.address} has no account`, "portcullis identity user list shows them");
}

/** What can be proven beside the password, and how many recovery codes are left. Never what proves it. */
async function factors([email = "", ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  const address = emailAddress(email);
  if (address === undefined || more.length > 0)
    throw new UsageError("an e-mail address is needed", "Example: portcullis identity user factors ann@example.com");
  return withIdentity(given, io, async (identity) => {
    const { id } = await accountOf(identity, address);
    const rows: string[][] = [["name", "kind", "since", "last used"]];
    for (const { name, kind, created_at, used_at } of await identity.factors.list(id)) {
      const since = moment(created_at);
      const used = used_at === null ? null : moment(used_at);
      if (given.has("json")) io.stdout.write(`${JSON.stringify({ name, kind, since, used })}\n`);
      else rows.push([name, kind, since.slice(0, 10), used?.slice(0, 10) ?? "never"]);
    }
    if (given.has("json")) return EXIT_OK;
    const left = await identity.recovery.left(id);
    const none = `${address.address} has no second factor\n`;
    io.stdout.write(rows.length === 1 ? none : `${table(rows, io)}${left} recovery codes are left\n`);
    return EXIT_OK;
  });
}

function moment(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** What was done, in a word. */
type Change = (identity: Identity, account: Account, role: string | undefined) => Promise<string>;

async function changed(
  [email = "", role, ...more]: readonly string[],
  given: Given,
  io: Io,
  change: Change,
): Promise<number> {
  const address = emailAddress(email);
  if (address === undefined || more.length > 0)
    throw new UsageError("an e-mail address is needed", "portcullis identity user list shows them");
  return withIdentity(given, io, async (identity) => {
    const account = await accountOf(identity, address);
    const done = await change(identity, account, role);
    io.stdout.write(
      given.has("json") ? `${JSON.stringify({ email: account.email, done })}\n` : `${account.email}: ${done}\n`,
    );
    return EXIT_OK;
  });
}

async function enable({ accountStore }: Identity, account: Account): Promise<string> {
  await accountStore.setStatus(account.id, "active");
  return "enabled";
}

async function disable(identity: Identity, account: Account): Promise<string> {
  await identity.accountStore.setStatus(account.id, "disabled");
  await endAll(identity, account);
  return "disabled";
}

async function grantKnown(words: readonly string[], given: Given, io: Io): Promise<number> {
  const [, role] = words;
  if (role !== undefined) await requireKnownRole(role, given, io);
  return changed(words, given, io, grant);
}

async function grant(identity: Identity, account: Account, role: string | undefined): Promise<string> {
  if (role === undefined)
    throw new UsageError("user grant needs a role", "Example: user grant ann@example.com support");
  await identity.accountStore.addRole(account.id, role);
  return `has the role ${role}`;
}

/** Tokens that carry the role are ended: those that follow do not have it. */
async function ungrant(identity: Identity, account: Account, role: string | undefined): Promise<string> {
  if (role === undefined)
    throw new UsageError("user ungrant needs a role", "Example: user ungrant ann@example.com support");
  await identity.accountStore.removeRole(account.id, role);
  await identity.revocations.revokeAccount(account.id);
  return `no longer has the role ${role}`;
}

/** For who lost them all: the password alone signs in again, and whoever was signed in is not any more. */
async function resetFactors(identity: Identity, account: Account): Promise<string> {
  await identity.secondFactors.removeAll(account.id);
  await endAll(identity, account);
  return "has no second factor any more, signed out everywhere";
}

async function signOut(identity: Identity, account: Account): Promise<string> {
  await endAll(identity, account);
  return "signed out everywhere";
}

function endAll({ accounts }: Identity, { id }: Account): Promise<void> {
  return accounts.endSessions(id);
}
