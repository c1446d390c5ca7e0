// `portcullis identity …`: runs the built-in authorization server, and keeps its accounts, clients and keys.
import { type Command, type Given, UsageError } from "./command.ts";
import { CONFIGURATION_OPTIONS } from "./configuration-flags.ts";
import { clientCommands } from "./identity/clients.ts";
import { databaseCommands } from "./identity/database.ts";
import { startIdentity } from "./identity/start.ts";
import { userCommands } from "./identity/users.ts";
import type { Io } from "./io.ts";

type Run = (words: readonly string[], given: Given, io: Io) => Promise<number>;

/** By their words; what stands behind them is theirs. */
const RUNS: readonly (readonly [string, Run])[] = [
  ["start", (_words, given, io) => startIdentity(given, io)],
  ...userCommands,
  ...clientCommands,
  ...databaseCommands,
];

export const identityCommand: Command = {
  name: "identity",
  summary: "run the built-in authorization server, keep its accounts and clients",
  words:
    "start | user add|list|enable|disable|grant|ungrant|signout EMAIL [ROLE] | client list|secret [ID] | key list|replace | migrate | backup FILE",
  wordsMax: 4,
  options: {
    config: CONFIGURATION_OPTIONS["config"] as { value: string; what: string },
    "password-stdin": { what: "user add: the password comes by standard input; else a mail asks for one" },
    plan: { what: "migrate: show what a start would change, and change nothing" },
    json: { what: "print JSON" },
  },
  notes: [
    "Example: portcullis identity user grant ann@example.com support",
    "`portcullis start` runs it by itself where the configuration has a section identity; `identity start` runs it elsewhere.",
    "What is revoked reaches every gate within two seconds.",
  ],
  run: identity,
};

async function identity(given: Given, io: Io): Promise<number> {
  const line = given.words.join(" ");
  const found = RUNS.find(([words]) => line === words || line.startsWith(`${words} `));
  if (found === undefined) {
    const known = RUNS.map(([words]) => words).join(", ");
    throw new UsageError(`identity needs one of: ${known}`, "Example: portcullis identity user list");
  }
  return found[1](given.words.slice(found[0].split(" ").length), given, io);
}
