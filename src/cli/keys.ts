// `portcullis keys create|list|revoke`: API keys in a file of their own, so that no comment of the configuration is touched.
import { makeApiKey } from "../authentication/index.ts";
import type { WrittenApiKey } from "../configuration/schema/api-keys.ts";
import { coloursFor } from "./colours.ts";
import { type Command, EXIT_OK, type Given, UsageError } from "./command.ts";
import { CONFIGURATION_OPTIONS } from "./configuration-flags.ts";
import type { Io } from "./io.ts";
import { editKept, readKept } from "./edited-file.ts";
import { chooseKeyFile, KEY_FILE } from "./key-file.ts";
import { momentAhead, momentOf } from "./moments.ts";

export const keysCommand: Command = {
  name: "keys",
  summary: "make, list and revoke API keys",
  words: "create|list|revoke [ID]",
  wordsMax: 2,
  options: {
    config: CONFIGURATION_OPTIONS["config"] as { value: string; what: string },
    file: { value: "file", what: "the file of keys; default: the one that the configuration names" },
    scheme: { value: "name", what: "the security scheme whose file it is, where several have one" },
    name: { value: "name", what: "create: who will use the key" },
    scopes: { value: "list", what: "create: what it may be used for: orders:read,orders:write" },
    roles: { value: "list", what: "create: roles of its user: support,clerk" },
    expires: { value: "time", what: "create: 90d, or 2027-01-31; default: never" },
    json: { what: "print JSON" },
  },
  notes: [
    "Example: portcullis keys create --name billing --scopes orders:read --expires 90d",
    "A key is shown once. The file holds its hash: who reads it cannot use it.",
    "A gateway or Express application that runs takes the changed file over within seconds.",
  ],
  run: keys,
};

async function keys(given: Given, io: Io): Promise<number> {
  const [verb, id, ...more] = given.words;
  if (verb === "create" && id === undefined) return create(given, io);
  if (verb === "list" && id === undefined) return list(given, io);
  if (verb === "revoke" && id !== undefined && more.length === 0) return revoke(id, given, io);
  if (verb === "revoke") {
    throw new UsageError("keys revoke needs the id of a key, and nothing else", "portcullis keys list shows the ids.");
  }
  const example = "Example: portcullis keys create --name billing --scopes orders:read";
  throw new UsageError("keys needs one of create, list, revoke", example);
}

async function create(given: Given, io: Io): Promise<number> {
  const name = given.text("name");
  if (name === undefined || name.trim() === "" || name.length > 100) {
    throw new UsageError("keys create needs --name: who will use the key", "Example: --name billing");
  }
  const nowMs = Date.now();
  const expires = momentAhead("--expires", given.text("expires"), nowMs);
  const scopes = namesOf(given.text("scopes"));
  const roles = namesOf(given.text("roles"));
  const foreign = scopes.find((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope));
  if (foreign !== undefined) throw new UsageError(`${JSON.stringify(foreign)} is no scope`, "Such as orders:read.");
  const file = await chooseKeyFile(given, io);
  const { id, text, hash } = makeApiKey();
  const entry: WrittenApiKey = {
    id,
    hash,
    name,
    ...(scopes.length === 0 ? {} : { scopes }),
    ...(roles.length === 0 ? {} : { roles }),
    created: momentOf(nowMs),
    ...(expires === undefined ? {} : { expires: momentOf(expires) }),
  };
  await editKept(file, KEY_FILE, (all) => [...all, entry], { make: true });
  if (given.has("json")) {
    io.stdout.write(`${JSON.stringify({ ...entry, key: text })}\n`);
    return EXIT_OK;
  }
  const colours = coloursFor(io.stdout, io.env);
  const until = expires === undefined ? "it never expires" : `it expires ${entry.expires as string}`;
  io.stdout.write(
    [
      `${colours.green("made")} key ${colours.bold(id)} for ${name} in ${file}; ${until}`,
      "",
      `  ${text}`,
      "",
      "This is the only time that it is shown.",
      "",
    ].join("\n"),
  );
  return EXIT_OK;
}

async function list(given: Given, io: Io): Promise<number> {
  const all = await readKept(await chooseKeyFile(given, io), KEY_FILE);
  const nowMs = Date.now();
  const rows = all.map((key) => ({ ...key, state: stateOf(key, nowMs) }));
  if (given.has("json")) {
    io.stdout.write(`${JSON.stringify(rows.map((row) => ({ ...row, hash: undefined })))}\n`);
    return EXIT_OK;
  }
  const colours = coloursFor(io.stdout, io.env);
  const paint = { active: colours.green, expired: colours.yellow, revoked: colours.red };
  for (const { id, name, state, scopes = [], roles = [], created, expires } of rows) {
    const grants = [...scopes, ...roles.map((role) => `role ${role}`)].join(", ");
    const times = [created && `made ${created.slice(0, 10)}`, expires && `until ${expires.slice(0, 10)}`];
    const about = [name, grants, ...times].filter((part) => part !== "" && part !== undefined).join("; ");
    io.stdout.write(`${id}  ${paint[state](state.padEnd(7))}  ${about}\n`);
  }
  if (rows.length === 0) io.stdout.write("there are no keys\n");
  return EXIT_OK;
}

async function revoke(id: string, given: Given, io: Io): Promise<number> {
  const file = await chooseKeyFile(given, io);
  let revoked: WrittenApiKey | undefined;
  await editKept(file, KEY_FILE, (all) =>
    all.map((key) => {
      if (key.id !== id) return key;
      revoked = { ...key, revoked: key.revoked ?? momentOf(Date.now()) };
      return revoked;
    }),
  );
  if (revoked === undefined) throw new UsageError(`${file} has no key ${id}`, "See portcullis keys list.");
  const text = given.has("json")
    ? JSON.stringify({ id, name: revoked.name, revoked: revoked.revoked })
    : `revoked key ${id} of ${revoked.name}`;
  io.stdout.write(`${text}\n`);
  return EXIT_OK;
}

function stateOf({ revoked, expires }: WrittenApiKey, nowMs: number): "active" | "expired" | "revoked" {
  if (revoked !== undefined) return "revoked";
  return expires !== undefined && Date.parse(expires) <= nowMs ? "expired" : "active";
}

function namesOf(text: string | undefined): string[] {
  return [...new Set((text ?? "").split(/[\s,]+/).filter((name) => name !== ""))];
}
