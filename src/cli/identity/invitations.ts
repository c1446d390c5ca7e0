// `portcullis identity user invite|uninvite|invitations`: accounts that are offered to an address.
import { emailAddress } from "../../identity/accounts/email-address.ts";
import type { Identity } from "../../identity/compose.ts";
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { table } from "../table.ts";
import { requireKnownRole, serviceName, whoRuns, withIdentity } from "./opening.ts";

type Run = (words: readonly string[], given: Given, io: Io) => Promise<number>;

export const invitationCommands: readonly (readonly [string, Run])[] = [
  ["user invite", invite],
  ["user uninvite", uninvite],
  ["user invitations", list],
];

async function invite([email = "", ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  if (emailAddress(email) === undefined || more.length > 0) {
    const example = "Example: portcullis identity user invite ann@example.com --role support";
    throw new UsageError("user invite needs an e-mail address", example);
  }
  const roles = given.all("role");
  const inviting = async (identity: Identity): Promise<number> => {
    for (const role of roles) await requireKnownRole(role, identity, given, io);
    const invitation = await identity.invitations.invite(email, roles, whoRuns());
    if (invitation === "closed") {
      const remedy = "Set it to `invitation`, or make the account: portcullis identity user add";
      throw new UsageError("identity.registration is closed: nobody makes an account by a link", remedy);
    }
    if (typeof invitation === "string") {
      throw new UsageError(`${email} has an account`, "portcullis identity user grant gives it a role.");
    }
    const until = new Date(invitation.expiresAt * 1000).toISOString();
    io.stdout.write(
      given.has("json")
        ? `${JSON.stringify({ email: invitation.email, roles: invitation.roles, until })}\n`
        : `invited ${invitation.email} by mail; the link is good once, until ${until}\n`,
    );
    return EXIT_OK;
  };
  return withIdentity(given, io, inviting, await serviceName(given, io));
}

async function uninvite([email = "", ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  if (emailAddress(email) === undefined || more.length > 0)
    throw new UsageError("an e-mail address is needed", "portcullis identity user invitations shows them");
  return withIdentity(given, io, async ({ invitations }) => {
    if (!(await invitations.withdraw(email, whoRuns())))
      throw new UsageError(`${email} is not invited`, "portcullis identity user invitations shows who is");
    const done = "no longer invited";
    io.stdout.write(given.has("json") ? `${JSON.stringify({ email, done })}\n` : `${email}: ${done}\n`);
    return EXIT_OK;
  });
}

async function list(words: readonly string[], given: Given, io: Io): Promise<number> {
  if (words.length > 0) throw new UsageError("user invitations takes no words");
  return withIdentity(given, io, async ({ invitations }) => {
    const rows: string[][] = [["e-mail", "roles", "until"]];
    for (const { email, roles, expiresAt } of await invitations.list()) {
      const until = new Date(expiresAt * 1000).toISOString();
      if (given.has("json")) io.stdout.write(`${JSON.stringify({ email, roles, until })}\n`);
      else rows.push([email, roles.join(","), until.slice(0, 16)]);
    }
    if (!given.has("json")) io.stdout.write(table(rows, io));
    return EXIT_OK;
  });
}
