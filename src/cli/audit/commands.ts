// What stands behind the words of `portcullis audit`.
import { type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { deadCommands } from "./dead.ts";
import { keyCommand } from "./key.ts";
import { searchCommand, tailCommand } from "./search.ts";
import { statsCommand } from "./stats.ts";
import { verifyCommand } from "./verify.ts";

export type Run = (words: readonly string[], given: Given, io: Io) => Promise<number>;

/** By their first words; those behind them are theirs. */
const RUNS: readonly (readonly [string, Run])[] = [
  ["stats", statsCommand],
  ["verify", verifyCommand],
  ["search", searchCommand],
  ["tail", tailCommand],
  ["key", keyCommand],
  ...deadCommands,
];

export async function runAuditCommand(given: Given, io: Io): Promise<number> {
  const line = given.words.join(" ");
  const found = RUNS.find(([words]) => line === words || line.startsWith(`${words} `));
  if (found === undefined) {
    const known = RUNS.map(([words]) => words).join(", ");
    throw new UsageError(`audit needs one of: ${known}`, "Example: portcullis audit stats");
  }
  return found[1](given.words.slice(found[0].split(" ").length), given, io);
}
