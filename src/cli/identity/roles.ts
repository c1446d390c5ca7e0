// `portcullis identity role …`: what roles there are, and who has them.
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { table } from "../table.ts";
import { withCatalogue } from "./opening.ts";

type Run = (words: readonly string[], given: Given, io: Io) => Promise<number>;

export const roleCommands: readonly (readonly [string, Run])[] = [["role list", list]];

/** They are made in the configuration: what is granted here is what the gate checks. */
async function list(words: readonly string[], given: Given, io: Io): Promise<number> {
  if (words.length > 0) throw new UsageError("role list takes no words", "Roles are made under authorization.roles.");
  return withCatalogue(given, io, async ({ administration }) => {
    const all = await administration.roles();
    if (given.has("json")) for (const role of all) io.stdout.write(`${JSON.stringify(role)}\n`);
    else {
      const rows = all.map(({ name, includes, permissions }) => [name, includes.join(" "), permissions.join(" ")]);
      io.stdout.write(table([["role", "includes", "permissions"], ...rows], io));
    }
    return EXIT_OK;
  });
}
