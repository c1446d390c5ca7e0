// What stands behind the words of `portcullis identity`.
import { nearest } from "../../configuration/did-you-mean.ts";
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
    throw unknownWords(
      line,
      RUNS.map(([words]) => words),
    );
  }
  return found[1](given.words.slice(found[0].split(" ").length), given, io);
}

/** Those of the same first word alone, where that is one; else what was meant, else all of them. */
function unknownWords(line: string, all: readonly string[]): UsageError {
  const [first = ""] = line.split(" ");
  const ofFirst = all.filter((words) => words.startsWith(`${first} `));
  const known = ofFirst.length > 0 ? ofFirst : all;
  const meant = line === "" ? undefined : nearest(line.split(" ").slice(0, 2).join(" "), known);
  const remedy = meant === undefined ? "Example: portcullis identity user list" : `Did you mean "${meant}"?`;
  return new UsageError(`identity needs one of: ${known.join(", ")}`, remedy);
}
