// `portcullis identity client …`: what clients there are, and new secrets for them.
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { table } from "../table.ts";
import { withIdentity } from "./opening.ts";

type Run = (words: readonly string[], given: Given, io: Io) => Promise<number>;

export const clientCommands: readonly (readonly [string, Run])[] = [
  ["client list", list],
  ["client secret", secret],
];

async function list(_words: readonly string[], given: Given, io: Io): Promise<number> {
  return withIdentity(given, io, async ({ clients }) => {
    const all = await clients.all();
    if (given.has("json")) {
      for (const { id, profile, name, settings, secretHashes } of all) {
        io.stdout.write(`${JSON.stringify({ id, profile, name, ...settings, secrets: secretHashes.length })}\n`);
      }
      return EXIT_OK;
    }
    const rows = all.map(({ id, profile, name, secretHashes, settings }) => [
      id,
      profile,
      name,
      profile === "public" ? "-" : String(secretHashes.length),
      settings.scopes.join(" "),
    ]);
    io.stdout.write(table([["id", "profile", "name", "secrets", "scopes"], ...rows], io));
    return EXIT_OK;
  });
}

async function secret([id, ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  if (id === undefined || more.length > 0)
    throw new UsageError("client secret needs the id of a client", "portcullis identity client list shows them");
  return withIdentity(given, io, async ({ clients }) => {
    const client = await clients.find(id);
    if (client === undefined) {
      throw new UsageError(
        `there is no client ${id}`,
        "Clients stand under identity.clients; `portcullis identity start` takes them over.",
      );
    }
    if (client.profile === "public")
      throw new UsageError(`${id} is public: it cannot keep a secret`, "PKCE protects it.");
    const text = (await clients.addSecret(id)) as string;
    if (given.has("json")) io.stdout.write(`${JSON.stringify({ id, secret: text })}\n`);
    else {
      io.stdout.write(`${text}\n`);
      io.stderr.write("This is the only time that it is shown. The one before stays valid until the next is made.\n");
    }
    return EXIT_OK;
  });
}
