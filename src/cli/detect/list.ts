// `portcullis detect list`: the rules that are watched, with what each is about.
import { type Given, EXIT_OK } from "../command.ts";
import type { Io } from "../io.ts";
import { table } from "../table.ts";
import { watchedRules } from "./rules.ts";

export async function listRules(given: Given, io: Io): Promise<number> {
  const watched = await watchedRules(given, io);
  if (given.has("json")) {
    const all = watched.map(({ rule, mode, allowances }) => {
      const selections = rule.selections.map(({ name }) => name);
      return { ...rule, selections, mode, allowances: allowances.length };
    });
    io.stdout.write(`${JSON.stringify(all)}\n`);
    return EXIT_OK;
  }
  const rows = watched.map(({ rule, mode }) => [rule.name, rule.level, mode, rule.techniques.join(" "), rule.title]);
  io.stdout.write(table([["rule", "level", "mode", "technique", "title"], ...rows], io));
  return EXIT_OK;
}
