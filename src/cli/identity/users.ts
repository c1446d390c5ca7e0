// `portcullis identity user …`: accounts, by their e-mail address.
import type { Account } from "../../identity/accounts/account-store.ts";
import { type EmailAddress, emailAddress } from "../../identity/accounts/email-address.ts";
import { isRefusal } from "../../identity/administration/refusal.ts";
import type { ChangeOptions } from "../../identity/administration/user-administration.ts";
import type { Identity } from "../../identity/compose.ts";
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { table } from "../table.ts";
import { requireKnownRole, serviceName, unlessRefused, whoRuns, withCatalogue, withIdentity } from "./opening.ts";
import { hash } from "./user-hash.ts";

type Run = (words: readonly string[], given: Given, io: Io) => Promise<number>;

/** How many accounts are read at once. */
const PART_ROWS = 500;

export const userCommands: readonly (readonly [string, Run])[] = [
  ["user add", add],
  ["user list", list],
  ["user hash", hash],
  ["user enable", (words, given, io) => changed(words, given, io, enable)],
  ["user disable", (words, given, io) => changed(words, given, io, disable)],
  ["user remove", (words, given, io) => changed(words, given, io, remove)],
  ["user grant", grant],
  ["user ungrant", ungrant],
  ["user factors", factors],
  ["user reset-factors", (words, given, io) => changed(words, given, io, resetFactors)],
  ["user signout", (words, given, io) => changed(words, given, io, signOut)],
];

async function add([email = "", ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  if (emailAddress(email) === undefined || more.length > 0) {
    throw new UsageError("user add needs an e-mail address", "Example: portcullis identity user add ann@example.com");
  }
  if (given.has("role"))
    throw new UsageError("user add takes no --role", `Give it one then: portcullis identity user grant ${email} ROLE`);
  const password = given.has("password-stdin") ? (await io.readInput()).replace(/\r?\n$/, "") : undefined;
  const adding = async ({ administration }: Identity): Promise<number> => {
    const made = await administration.users.add({ email, password }, whoRuns());
    if (isRefusal(made) && made.refused === "identity.user-known")
      throw new UsageError(`${email} has an account`, "portcullis identity user list");
    const { id } = unlessRefused(made);
    const next = password === undefined ? "a mail asks for a password" : "it can sign in";
    io.stdout.write(given.has("json") ? `${JSON.stringify({ id, email })}\n` : `made the account ${email}; ${next}\n`);
    return EXIT_OK;
  };
  return withIdentity(given, io, adding, await serviceName(given, io));
}

async function list(words: readonly string[], given: Given, io: Io): Promise<number> {
  if (words.length > 0) throw new UsageError("user list takes no words", "To look for one: --search ann");
  return withIdentity(given, io, async ({ administration: { users } }) => {
    const rows: string[][] = [["e-mail", "status", "confirmed", "roles", "since", "kept by"]];
    let after: string | undefined;
    do {
      const part = { text: given.text("search"), role: given.text("role"), after, limit: PART_ROWS };
      const found = await users.search(part);
      for (const { emailVerified: confirmed, createdAt: since, keptByConfiguration, ...user } of found.users) {
        const { id, email, status, roles } = user;
        if (given.has("json")) {
          io.stdout.write(`${JSON.stringify({ id, email, status, confirmed, roles, since, keptByConfiguration })}\n`);
          continue;
        }
        const keeper = keptByConfiguration ? "configuration" : "administrators";
        rows.push([email, status, confirmed ? "yes" : "no", roles.join(","), since.slice(0, 10), keeper]);
      }
      after = found.next;
    } while (after !== undefined);
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

/** What was done, in words. */
type Change = (administration: Identity["administration"], id: string, options: ChangeOptions) => Promise<string>;

async function changed(
  [email = "", ...more]: readonly string[],
  given: Given,
  io: Io,
  change: Change,
): Promise<number> {
  const address = emailAddress(email);
  if (address === undefined || more.length > 0)
    throw new UsageError("an e-mail address is needed", "portcullis identity user list shows them");
  return withIdentity(given, io, (identity) => onAccount(identity, address, given, io, change));
}

async function onAccount(
  identity: Identity,
  address: EmailAddress,
  given: Given,
  io: Io,
  change: Change,
): Promise<number> {
  const { id, email } = await accountOf(identity, address);
  const options = { actor: whoRuns(), evenLast: given.has("force") };
  const done = await change(identity.administration, id, options);
  io.stdout.write(given.has("json") ? `${JSON.stringify({ id, email, done })}\n` : `${email}: ${done}\n`);
  return EXIT_OK;
}

async function enable({ users }: Identity["administration"], id: string, options: ChangeOptions): Promise<string> {
  unlessRefused(await users.enable(id, options));
  return "enabled";
}

async function disable({ users }: Identity["administration"], id: string, options: ChangeOptions): Promise<string> {
  unlessRefused(await users.disable(id, options));
  return "disabled";
}

async function remove({ users }: Identity["administration"], id: string, options: ChangeOptions): Promise<string> {
  unlessRefused(await users.remove(id, options));
  return "removed, with all that belonged to it";
}

async function grant([email = "", role, ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  const address = emailAddress(email);
  if (address === undefined || role === undefined || more.length > 0)
    throw new UsageError(
      "user grant needs an address and a role",
      "Example: portcullis identity user grant ann@example.com support",
    );
  return withCatalogue(given, io, async (identity) => {
    await requireKnownRole(role, identity, given, io);
    return onAccount(identity, address, given, io, async ({ users }, id, options) => {
      unlessRefused(await users.grant(id, role, options));
      return `has the role ${role}`;
    });
  });
}

/** Tokens that carry the role are ended: those that follow do not have it. */
async function ungrant([email = "", role, ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  if (role === undefined || more.length > 0)
    throw new UsageError(
      "user ungrant needs an address and a role",
      "Example: portcullis identity user ungrant ann@example.com support",
    );
  return changed([email], given, io, async ({ users }, id, options) => {
    unlessRefused(await users.ungrant(id, role, options));
    return `no longer has the role ${role}`;
  });
}

async function resetFactors(
  { users }: Identity["administration"],
  id: string,
  options: ChangeOptions,
): Promise<string> {
  unlessRefused(await users.resetFactors(id, options));
  return "has no second factor any more, signed out everywhere";
}

async function signOut({ users }: Identity["administration"], id: string, options: ChangeOptions): Promise<string> {
  unlessRefused(await users.signOut(id, options));
  return "signed out everywhere";
}
