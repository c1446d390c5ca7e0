// `portcullis identity …`: runs the built-in authorization server, and keeps its accounts, clients and keys.
import type { Command, OptionHelp } from "./command.ts";
import { CONFIGURATION_OPTIONS } from "./configuration-flags.ts";

/** What describes a client, or whom a list is about. */
const CLIENT_OPTIONS: Readonly<Record<string, OptionHelp>> = {
  profile: {
    value: "public|confidential|machine|fapi2",
    what: "client add, change: in a browser; a server; a program",
  },
  name: { value: "text", what: "client add, change: what people are shown" },
  "redirect-uri": { value: "uri", what: "client add, change: where codes may be sent to, exactly", several: true },
  "post-logout-redirect-uri": { value: "uri", what: "client add, change: where people go behind it", several: true },
  scope: {
    value: "scope",
    what: "client add, change: what it may ask for; by default all of the API's",
    several: true,
  },
  role: {
    value: "role",
    what: "client add, change: a machine's own; user invite: the account's; role add, change: what it includes; user list: who has it",
    several: true,
  },
};

export const identityCommand: Command = {
  name: "identity",
  summary: "run the built-in authorization server, keep its accounts and clients",
  words: "<what> <verb> [words]",
  wordsMax: 5,
  options: {
    config: CONFIGURATION_OPTIONS["config"] as { value: string; what: string },
    "password-stdin": { what: "user add, hash: the password comes by standard input; else a mail asks for one" },
    plan: { what: "migrate: show what a start would change, and change nothing" },
    search: { value: "text", what: "user list: a part of the address" },
    ...CLIENT_OPTIONS,
    another: { what: "bootstrap: although there is an administrator" },
    force: { what: "user disable, remove, ungrant: also the last administrator" },
    json: { what: "print JSON" },
  },
  notes: [
    "  start                                            serves, without a gateway",
    "  bootstrap [--another]                            prints the link by which the first administrator makes an account",
    "  user add|remove|enable|disable|signout EMAIL     accounts; a removed one is gone with all that belonged to it",
    "  user list | user grant|ungrant EMAIL ROLE        who there is, and their roles",
    "  user hash EMAIL --password-stdin                 what identity.users takes as passwordHash",
    "  user invite|uninvite EMAIL | user invitations    accounts that are offered by mail",
    "  user factors|reset-factors EMAIL                 what an account has beside its password; takes it all away",
    "  client list | client show|add|change|remove ID   clients; those of the configuration are changed there",
    "  client secret add ID | client secret remove ID SECRET   at most two are valid at a time",
    "  client secret ID                                 a new one; the older of two ends",
    "  role list | role add|change NAME --role ROLE | role remove NAME   a name for several roles of the configuration",
    "  key list|replace                                 signing keys",
    "  migrate [--plan] | backup FILE | restore FILE    the database",
    "",
    "Example: portcullis identity user grant ann@example.com support",
    "`portcullis start` runs it by itself where the configuration has a section identity; `identity start` runs it elsewhere.",
    "What is revoked reaches every gate within two seconds.",
  ],
  // Loaded when asked for: a gateway needs nothing of it in its memory.
  run: async (given, io) => {
    const { runIdentityCommand } = await import("./identity/commands.ts");
    return runIdentityCommand(given, io);
  },
};
