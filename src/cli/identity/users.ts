// `portcullis identity user …`: accounts, by their e-mail address.
import type { Account } from "../../identity/accounts/account-store.ts";
import { emailAddress } from "../../identity/accounts/email-address.ts";
import type { Identity } from "../../identity/compose.ts";
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { table } from "../table.ts";
import { withIdentity } from "./opening.ts";

type Run = (words: readonly string[], given: Given, io: Io) => Promise<number>;

export const userCommands: readonly (readonly [string, Run])[] = [
  ["user add", add],
  ["user list", list],
  ["user enable", (words, given, io) => changed(words, given, io, enable)],
  ["user disable", (words, given, io) => changed(words, given, io, disable)],
  ["user grant", (words, given, io) => changed(words, given, io, grant)],
  ["user ungrant", (words, given, io) => changed(words, given, io, ungrant)],
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
    const account = await identity.accountStore.byEmail(address);
    if (account === undefined)
      throw new UsageError(`${email} has no account`, "portcullis identity user list shows them");
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

async function signOut(identity: Identity, account: Account): Promise<string> {
  await endAll(identity, account);
  return "signed out everywhere";
}

async function endAll({ artifacts, revocations }: Identity, { id }: Account): Promise<void> {
  await artifacts.removeByAccount(id);
  await revocations.revokeAccount(id);
}
