// `portcullis identity client …`: clients beside those of the configuration, and secrets for all of them.
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { ClientDraft } from "../../identity/clients/client-draft.ts";
import { CLIENT_PROFILES, profileNamed } from "../../identity/clients/client-store.ts";
import type { MadeSecret, ShownClient } from "../../identity/administration/client-administration.ts";
import { suggestion } from "../../configuration/did-you-mean.ts";
import { EXIT_OK, type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { table } from "../table.ts";
import { unlessRefused, whoRuns, withCatalogue, withIdentity } from "./opening.ts";

type Run = (words: readonly string[], given: Given, io: Io) => Promise<number>;

export const clientCommands: readonly (readonly [string, Run])[] = [
  ["client list", list],
  ["client show", (words, given, io) => onOne(words, given, io, show)],
  ["client add", add],
  ["client change", change],
  ["client remove", (words, given, io) => onOne(words, given, io, remove)],
  ["client secret add", (words, given, io) => addSecret(words, given, io, false)],
  ["client secret remove", removeSecret],
  ["client secret", (words, given, io) => addSecret(words, given, io, true)],
];

async function list(words: readonly string[], given: Given, io: Io): Promise<number> {
  if (words.length > 0) throw new UsageError("client list takes no words");
  return withIdentity(given, io, async ({ administration }) => {
    const all = await administration.clients.list();
    if (given.has("json")) {
      for (const { secrets, ...client } of all) {
        io.stdout.write(`${JSON.stringify({ ...client, secrets: secrets.length })}\n`);
      }
      return EXIT_OK;
    }
    const rows = all.map(({ id, profile, name, secrets, keys, scopes, keptByConfiguration }) => [
      id,
      profile,
      name,
      profile === "public" ? "-" : keys.length > 0 ? "a key" : String(secrets.length),
      keptByConfiguration ? "configuration" : "administrators",
      scopes.join(" "),
    ]);
    io.stdout.write(table([["id", "profile", "name", "secrets", "kept by", "scopes"], ...rows], io));
    return EXIT_OK;
  });
}

type One = (id: string, given: Given, io: Io) => Promise<number>;

function onOne([id, ...more]: readonly string[], given: Given, io: Io, one: One): Promise<number> {
  if (id === undefined || more.length > 0)
    throw new UsageError("the id of a client is needed", "portcullis identity client list shows them");
  return one(id, given, io);
}

function show(id: string, given: Given, io: Io): Promise<number> {
  return withIdentity(given, io, async ({ administration }) => {
    const client = unlessRefused(await administration.clients.find(id));
    io.stdout.write(given.has("json") ? `${JSON.stringify(client)}\n` : linesOf(client));
    return EXIT_OK;
  });
}

function linesOf(client: ShownClient): string {
  const { keptByConfiguration, secrets, keys, ...rest } = client;
  const rows: (readonly [string, string])[] = [
    ...Object.entries(rest).map(
      ([name, value]) => [name, typeof value === "string" ? value : value.join(" ")] as const,
    ),
    ["kept by", keptByConfiguration ? "configuration" : "administrators"],
    ["keys", keys.map(({ kid, kty }) => String(kid ?? kty)).join(" ")],
    ["secrets", secrets.map(({ id, createdAt }) => `${id} (${createdAt.slice(0, 10)})`).join(" ")],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${`${name.padEnd(width)}  ${text}`.trimEnd()}\n`).join("");
}

/** What the options say; undefined for what they do not. */
async function draftOf(given: Given, io: Io): Promise<ClientDraft> {
  const named = given.text("profile");
  const profile = profileNamed(named);
  if (named !== undefined && profile === undefined) {
    const remedy = suggestion(named, CLIENT_PROFILES) ?? `One of ${CLIENT_PROFILES.join(", ")}.`;
    throw new UsageError(`there is no profile ${named}`, remedy);
  }
  const several = (name: string) => (given.has(name) ? given.all(name).filter((text) => text !== "") : undefined);
  return {
    profile,
    name: given.text("name"),
    redirectUris: several("redirect-uri"),
    postLogoutRedirectUris: several("post-logout-redirect-uri"),
    scopes: several("scope"),
    roles: several("role"),
    keys: await keysIn(given.text("keys"), io),
  };
}

async function keysIn(file: string | undefined, { cwd }: Io): Promise<ClientDraft["keys"]> {
  if (file === undefined) return undefined;
  try {
    const { keys } = JSON.parse(await readFile(path.resolve(cwd, file), "utf8")) as { keys?: unknown };
    if (Array.isArray(keys)) return keys as Record<string, unknown>[];
  } catch {
    // Said below: whatever it holds is no set of keys.
  }
  throw new UsageError(`${file} is no set of keys`, 'A JWKS, such as {"keys":[…]} with public keys.');
}

async function add([id, ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  const draft = await draftOf(given, io);
  if (id === undefined || more.length > 0 || draft.profile === undefined) {
    throw new UsageError(
      "client add needs an id and --profile",
      "Example: portcullis identity client add spa --profile public --redirect-uri https://app.example.com/callback",
    );
  }
  return withCatalogue(given, io, async ({ administration }) => {
    const { client, secret } = unlessRefused(await administration.clients.add(id, draft, whoRuns()));
    if (given.has("json")) io.stdout.write(`${JSON.stringify({ ...client, secret: secret?.secret })}\n`);
    else {
      io.stderr.write(`made the client ${client.id}\n`);
      if (secret !== undefined) tellSecret(secret, io);
    }
    return EXIT_OK;
  });
}

async function change([id, ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  const draft = await draftOf(given, io);
  if (id === undefined || more.length > 0 || Object.values(draft).every((value) => value === undefined)) {
    throw new UsageError(
      "client change needs an id, and what to change",
      'Example: portcullis identity client change spa --name "Orders"; an empty --role "" takes all away',
    );
  }
  return withCatalogue(given, io, async ({ administration }) => {
    const client = unlessRefused(await administration.clients.change(id, draft, whoRuns()));
    io.stdout.write(given.has("json") ? `${JSON.stringify(client)}\n` : linesOf(client));
    return EXIT_OK;
  });
}

function remove(id: string, given: Given, io: Io): Promise<number> {
  return withIdentity(given, io, async ({ administration }) => {
    unlessRefused(await administration.clients.remove(id, whoRuns()));
    io.stdout.write(given.has("json") ? `${JSON.stringify({ id, done: "removed" })}\n` : `${id}: removed\n`);
    return EXIT_OK;
  });
}

/** `rotates`: `client secret ID`, where the older of two ends. */
function addSecret(words: readonly string[], given: Given, io: Io, rotates: boolean): Promise<number> {
  return onOne(words, given, io, (id) =>
    withIdentity(given, io, async ({ administration }) => {
      const made = unlessRefused(await administration.clients.addSecret(id, whoRuns(), rotates));
      if (given.has("json")) io.stdout.write(`${JSON.stringify({ id, secretId: made.id, secret: made.secret })}\n`);
      else tellSecret(made, io);
      return EXIT_OK;
    }),
  );
}

function tellSecret({ id, secret }: MadeSecret, io: Io): void {
  io.stdout.write(`${secret}\n`);
  io.stderr.write(`This is the only time that it is shown. It is called ${id}; at most two are valid at a time.\n`);
}

async function removeSecret([id, secretId, ...more]: readonly string[], given: Given, io: Io): Promise<number> {
  if (id === undefined || secretId === undefined || more.length > 0) {
    throw new UsageError(
      "client secret remove needs the id of a client and of its secret",
      "portcullis identity client show ID lists its secrets",
    );
  }
  return withIdentity(given, io, async ({ administration }) => {
    unlessRefused(await administration.clients.removeSecret(id, secretId, whoRuns()));
    const done = `secret ${secretId} removed; what was got by it has ended`;
    io.stdout.write(given.has("json") ? `${JSON.stringify({ id, done })}\n` : `${id}: ${done}\n`);
    return EXIT_OK;
  });
}
