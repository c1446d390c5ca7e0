// What stands behind the words of `portcullis identity`.
import { type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { bootstrap } from "./bootstrap.ts";
import { clientCommands } from "./clients.ts";
import { databaseCommands } from "./database.ts";
import { invitationCommands } from "./invitations.ts";
import { roleCommands } from "./roles.ts";
import { startIdentity } from "./start.ts";
import { userCommands } from "./users.ts";

type Run = (words: readonly string[], given: Given, io: Io) => Promise<number>;

/** By their first words; those behind them are theirs. */
const RUNS: readonly (readonly [string, Run])[] = [
  ["start", (_words, given, io) => startIdentity(given, io)],
  ["bootstrap", bootstrap],
  ...userCommands,
  ...invitationCommands,
  ...clientCommands,
  ...roleCommands,
  ...databaseCommands,
];

export async function runIdentityCommand(given: Given, io: Io): Promise<number> {
  const line = given.words.join(" ");
  const found = RUNS.find(([words]) => line === words || line.startsWith(`${words} `));
  if (found === undefined) {
    const known = RUNS.map(([words]) => words).join(", ");
    throw new UsageError(`identity needs one of: ${known}`, "Example: portcullis identity user list");
  }
  return found[1](given.words.slice(found[0].split(" ").length), given, io);
}
