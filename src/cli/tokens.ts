// `portcullis tokens deny|list`: what leaked or was taken away is refused at once, without waiting for its end.
import { signedDigest, TOKEN_PROFILES } from "../authentication/index.ts";
import { parseDeniedFile } from "../configuration/compose/denied.ts";
import type { WrittenDenied } from "../configuration/schema/denied.ts";
import type { Settings } from "../configuration/settings.ts";
import { readCompactJws } from "../cryptography/jws.ts";
import { coloursFor } from "./colours.ts";
import { type Command, EXIT_OK, type Given, UsageError } from "./command.ts";
import { CONFIGURATION_OPTIONS, loadConfiguration } from "./configuration-flags.ts";
import { readCredential } from "./credential-input.ts";
import { editKept, type Kept, readKept } from "./edited-file.ts";
import type { Io } from "./io.ts";
import { onlyIssuer } from "./only-issuer.ts";
import { momentAhead, momentOf } from "./moments.ts";

const DENIED_FILE: Kept<WrittenDenied> = {
  member: "denied",
  parse: parseDeniedFile,
  maker: "portcullis tokens deny",
};

export const tokensCommand: Command = {
  name: "tokens",
  summary: "refuse tokens before they end",
  words: "deny|list [token.jwt|-]",
  wordsMax: 2,
  options: {
    config: CONFIGURATION_OPTIONS["config"] as { value: string; what: string },
    subject: { value: "sub", what: "deny: all tokens of a user that were issued until now" },
    session: { value: "sid", what: "deny: all tokens of a session" },
    id: { value: "jti", what: "deny: the token of this id" },
    iss: { value: "url", what: "deny: whose tokens; default: the one issuer of the configuration" },
    until: { value: "time", what: "deny: when the entry may go: 30d, or 2027-01-31; default: as the token ends" },
    why: { value: "text", what: "deny: for people who read the list" },
    json: { what: "print JSON" },
  },
  notes: [
    "Example: portcullis tokens deny leaked.jwt --why 'in a ticket'",
    "         portcullis tokens deny --subject sue --until 30d",
    "The file is the one of authentication.denied. A gateway or Express application that runs takes it over within seconds.",
    "To take something back, delete its line.",
  ],
  run: tokens,
};

async function tokens(given: Given, io: Io): Promise<number> {
  const [verb, named] = given.words;
  if (verb !== "deny" && (verb !== "list" || named !== undefined)) {
    throw new UsageError("tokens needs one of deny, list", "Example: portcullis tokens deny leaked.jwt");
  }
  const { settings } = await loadConfiguration(given, io);
  const file = settings.authentication.denied?.file;
  if (file === undefined) {
    throw new UsageError("the configuration names no deny list", "Set `denied: denied.json` under `authentication`.");
  }
  if (verb === "list") return list(file, given, io);
  const entry = await entryFor(named, settings, given, io);
  const nowMs = Date.now();
  await editKept(file, DENIED_FILE, (all) => [...all.filter((one) => !hasEnded(one, nowMs)), entry], { make: true });
  io.stdout.write(given.has("json") ? `${JSON.stringify(entry)}\n` : `denied ${described(entry)} in ${file}\n`);
  return EXIT_OK;
}

async function entryFor(named: string | undefined, settings: Settings, given: Given, io: Io): Promise<WrittenDenied> {
  const nowMs = Date.now();
  const untilMs = momentAhead("--until", given.text("until"), nowMs);
  const why = given.text("why");
  const more = {
    ...(untilMs === undefined ? {} : { until: momentOf(untilMs) }),
    ...(why === undefined ? {} : { why: why.slice(0, 200) }),
  };
  const asked = [named, given.text("subject"), given.text("session"), given.text("id")];
  if (asked.filter((one) => one !== undefined).length !== 1) {
    throw new UsageError("tokens deny needs one of a token's file, --subject, --session, --id");
  }
  const [, subject, session, id] = asked;
  if (named !== undefined) {
    return { ...namedByToken(await readCredential(named, io, "token"), settings), ...more };
  }
  const issuer = given.text("iss") ?? onlyIssuer(settings);
  if (subject !== undefined) return { issuer, subject, before: momentOf(nowMs + 1_000), ...more };
  return session === undefined ? { issuer, token: id as string, ...more } : { issuer, session, ...more };
}

/** By its id where it has one, else by what was signed. Its signature is nobody's concern here: it shall be refused. */
function namedByToken(text: string, settings: Settings): WrittenDenied {
  const jws = readCompactJws(text);
  if (typeof jws === "string") {
    throw new UsageError("this is no token that the gate would take: no JWT", "Opaque tokens are refused anyway.");
  }
  const { iss, exp } = jws.payload;
  const until = typeof exp === "number" && exp > 0 && exp < 253_402_300_800 ? { until: momentOf(exp * 1_000) } : {};
  const schemes = [...settings.authentication.schemes.values()];
  const entry = schemes.find((one) => one.kind === "jwt" && one.issuer === iss);
  if (typeof iss !== "string" || entry?.kind !== "jwt") {
    throw new UsageError("the token is from no issuer of the configuration", "It is refused already.");
  }
  const id = jws.payload[TOKEN_PROFILES[entry.preset ?? "rfc9068"].tokenId];
  if (typeof id === "string" && id !== "") return { issuer: iss, token: id, ...until };
  return { digest: signedDigest(jws.signed), ...until };
}

async function list(file: string, given: Given, io: Io): Promise<number> {
  const all = await readKept(file, DENIED_FILE);
  if (given.has("json")) {
    io.stdout.write(`${JSON.stringify(all)}\n`);
    return EXIT_OK;
  }
  const colours = coloursFor(io.stdout, io.env);
  const nowMs = Date.now();
  for (const entry of all) {
    const until = entry.until === undefined ? "for ever" : `until ${entry.until}`;
    const text = [described(entry), until, entry.why].filter((part) => part !== undefined).join("; ");
    io.stdout.write(`${hasEnded(entry, nowMs) ? colours.dim(`${text} (ended)`) : text}\n`);
  }
  if (all.length === 0) io.stdout.write("nothing is denied\n");
  return EXIT_OK;
}

function hasEnded({ until }: WrittenDenied, nowMs: number): boolean {
  return until !== undefined && Date.parse(until) <= nowMs;
}

function described(entry: WrittenDenied): string {
  if ("digest" in entry) return `the token ${entry.digest}`;
  if ("token" in entry) return `the token ${entry.token} of ${entry.issuer}`;
  if ("session" in entry) return `the session ${entry.session} of ${entry.issuer}`;
  const before = entry.before === undefined ? "" : ` issued before ${entry.before}`;
  return `the subject ${entry.subject} of ${entry.issuer}${before}`;
}
