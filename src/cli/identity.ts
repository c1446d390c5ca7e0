// `portcullis identity …`: runs the built-in authorization server, and keeps its accounts, clients and keys.
import type { Command } from "./command.ts";
import { CONFIGURATION_OPTIONS } from "./configuration-flags.ts";

export const identityCommand: Command = {
  name: "identity",
  summary: "run the built-in authorization server, keep its accounts and clients",
  words:
    "start | user add|list|enable|disable|grant|ungrant|signout|factors|reset-factors|invite|uninvite EMAIL [ROLE] | user invitations | client list|secret [ID] | key list|replace | migrate | backup FILE",
  wordsMax: 4,
  options: {
    config: CONFIGURATION_OPTIONS["config"] as { value: string; what: string },
    "password-stdin": { what: "user add: the password comes by standard input; else a mail asks for one" },
    role: { value: "ROLE", what: "user invite: a role that comes with the account", several: true },
    plan: { what: "migrate: show what a start would change, and change nothing" },
    json: { what: "print JSON" },
  },
  notes: [
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
