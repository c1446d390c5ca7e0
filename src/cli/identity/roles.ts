// `portcullis identity role …`: what roles there are, and those that administrators make of several.
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { table } from "../table.ts";
import { unlessRefused, whoRuns, withCatalogue } from "./opening.ts";

type Run = (words: readonly string[], given: Given, io: Io) => Promise<number>;

export const roleCommands: readonly (readonly [string, Run])[] = [
  ["role list", list],
  ["role add", (words, given, io) => described("add", words, given, io)],
  ["role change", (words, given, io) => described("change", words, given, io)],
  ["role remove", remove],
];

async function list(words: readonly string[], given: Given, io: Io): Promise<number> {
  if (words.length > 0) throw new UsageError("role list takes no words", "Roles are made under authorization.roles.");
  return withCatalogue(given, io, async ({ administration }) => {
    const all = await administration.roles.list();
    if (given.has("json")) for (const role of all) io.stdout.write(`${JSON.stringify(role)}\n`);
    else {
      const rows = all.map(({ name, includes, permissions, keptByConfiguration }) => [
        name,
        includes.join(" "),
        permissions.join(" "),
        keptByConfiguration ? "configuration" : "administrators",
      ]);
      io.stdout.write(table([["role", "includes", "permissions", "kept by"], ...rows], io));
    }
    return EXIT_OK;
  });
}

async function described(
  verb: "add" | "change",
  [name, ...more]: readonly string[],
  given: Given,
  io: Io,
): Promise<number> {
  const includes = given.all("role");
  if (name === undefined || more.length > 0 || includes.length === 0) {
    const example = `Example: portcullis identity role ${verb} clerk --role support --role customer`;
    throw new UsageError(`role ${verb} needs a name and what it includes`, example);
  }
  return withCatalogue(given, io, async ({ administration: { roles } }) => {
    const role = unlessRefused(await roles[verb](name, includes, whoRuns()));
    const done = `${role.name}: includes ${role.includes.join(", ")}\n`;
    io.stdout.write(given.has("json") ? `${JSON.stringify(role)}\n` : done);
    return EXIT_OK;
  });
}

/** Whoever has it has it no longer, and their tokens end. */
async function remove([name, ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  if (name === undefined || more.length > 0)
    throw new UsageError("role remove needs a name", "portcullis identity role list shows them");
  return withCatalogue(given, io, async ({ administration: { roles } }) => {
    const { name: removed } = unlessRefused(await roles.remove(name, whoRuns()));
    const done = "removed";
    io.stdout.write(given.has("json") ? `${JSON.stringify({ name: removed, done })}\n` : `${removed}: ${done}\n`);
    return EXIT_OK;
  });
}
