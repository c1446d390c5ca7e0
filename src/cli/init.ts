// `portcullis init`: looks at the folder, asks little, and writes a commented portcullis.yaml.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { findConfiguration } from "../configuration/load.ts";
import { coloursFor } from "./colours.ts";
import { type Command, EXIT_OK, type Given, UsageError } from "./command.ts";
import { findDocuments } from "./init/documents.ts";
import { recogniseIssuer } from "./init/issuer.ts";
import { hasIdentityKey, KEY_FILE, makeIdentityKey } from "./init/identity-key.ts";
import { BUILT_IN, Questions } from "./init/questions.ts";
import { type Survey, surveyDocument } from "./init/survey.ts";
import { configurationText } from "./init/template.ts";
import type { Io } from "./io.ts";

export const initCommand: Command = {
  name: "init",
  summary: "write a portcullis.yaml for the API in this folder",
  words: "",
  wordsMax: 0,
  options: {
    openapi: { value: "file", what: "the OpenAPI document; default: the one in this folder" },
    upstream: { value: "url", what: "the API behind the gateway; default http://127.0.0.1:3000" },
    issuer: { value: "url", what: "who issues the tokens" },
    audience: { value: "name", what: "the `aud` by which that issuer names this API" },
    identity: { what: "Portcullis issues the tokens itself: accounts and sign-in of its own" },
    yes: { what: "ask nothing", short: "y" },
  },
  notes: [
    "An existing configuration is never overwritten. At most three questions; none with --yes or without a terminal.",
  ],
  run: init,
};

const FILE = "portcullis.yaml";
const UPSTREAM = "http://127.0.0.1:3000";

async function init(given: Given, io: Io): Promise<number> {
  const existing = await findConfiguration(io.cwd);
  if (existing !== undefined) {
    throw new UsageError(
      `${existing} exists already and is never overwritten`,
      "Edit it, and run `portcullis check`; or move it away first.",
    );
  }
  const questions = new Questions(given.has("yes") ? undefined : io.ask);
  const openapi = await chooseDocument(given, io, questions);
  const survey = await surveyDocument(openapi, io.cwd);
  const issuerUrl = await chooseIssuer(given, questions, survey.needsIssuer);
  const isBuiltIn = issuerUrl === BUILT_IN;
  const isNewKey = isBuiltIn && !(await hasIdentityKey(io.cwd));
  const issuer = issuerUrl === "" || isBuiltIn ? undefined : await recogniseIssuer(issuerUrl);
  const audience =
    given.text("audience") ??
    (issuer === undefined
      ? ""
      : await questions.ask("By which audience does it name this API? (`aud` of the tokens) ", ""));
  const upstream =
    given.text("upstream") ?? (await questions.ask(`Where does the API listen? [${UPSTREAM}] `, UPSTREAM, "url"));
  const text = configurationText({
    openapi,
    upstream,
    issuer: isBuiltIn ? BUILT_IN : issuer,
    audience: audience === "" ? undefined : audience,
    survey,
    cwd: io.cwd,
  });
  await writeNew(path.join(io.cwd, FILE), text);
  if (isNewKey) await makeIdentityKey(io.cwd);
  const colours = coloursFor(io.stdout, io.env);
  const lines = [
    `${colours.green("wrote")} ${FILE} for ${survey.title} (${survey.operations} operation${survey.operations === 1 ? "" : "s"} of ${openapi})`,
  ];
  if (issuer?.remark !== undefined) lines.push(issuer.remark);
  lines.push(...silentRemark(survey));
  if (isNewKey) {
    lines.push(
      `${colours.green("wrote")} ${KEY_FILE}, which seals what is stored: no version control, and a copy elsewhere`,
    );
  } else if (isBuiltIn) lines.push(`${KEY_FILE} was there already, is a key, and stays`);
  lines.push(
    "",
    "Next:",
    "  portcullis check             what is still open",
    "  portcullis start --observe   look before enforcing: docs/observe.md",
    "  portcullis start",
    ...(isBuiltIn ? ["  portcullis identity bootstrap   the first administrator: docs/administration.md"] : []),
    "",
  );
  io.stdout.write(lines.join("\n"));
  return EXIT_OK;
}

/** Generators leave `security` out of what is public, too: a login would ask for the token that it gives. */
function silentRemark({ silent, operations }: Survey): string[] {
  if (silent.length === 0 || silent.length === operations) return [];
  const named =
    silent.length <= 3 ? silent.join(", ") : `${silent.slice(0, 2).join(", ")} and ${silent.length - 2} more`;
  return [
    `The document says nothing of security for ${named}: the gate will ask for tokens there.`,
    "Where that shall be public, write `security: []` in the document, at the operation.",
  ];
}

/** Empty where nobody says it. */
async function chooseIssuer(given: Given, questions: Questions, isNeeded: boolean): Promise<string> {
  const named = given.text("issuer");
  const isBuiltIn = given.has("identity") || named === BUILT_IN;
  if (isBuiltIn && named !== undefined && named !== BUILT_IN) {
    throw new UsageError("--identity is an issuer of its own", "Leave --issuer out, or --identity.");
  }
  if (isBuiltIn && !isNeeded) {
    const remedy = "Give operations a `security` with a scheme of type openIdConnect or oauth2 first.";
    throw new UsageError("no operation of the document asks for tokens", remedy);
  }
  if (isBuiltIn) return BUILT_IN;
  if (named !== undefined || !isNeeded) return named ?? "";
  const question = `Who issues the tokens? (https://…, ${BUILT_IN}: Portcullis itself, empty: decide later) `;
  return questions.ask(question, "", "issuer");
}

async function chooseDocument(given: Given, io: Io, questions: Questions): Promise<string> {
  const named = given.text("openapi");
  if (named !== undefined) return named;
  const found = await findDocuments(io.cwd);
  const [first] = found;
  if (first === undefined) {
    throw new UsageError(
      "there is no OpenAPI document in this folder",
      "Name it: portcullis init --openapi path/to/openapi.yaml",
    );
  }
  if (found.length === 1) return first;
  return questions.ask(`Which document? ${found.join(", ")} [${first}] `, first);
}

/** Never over what another process wrote meanwhile. */
async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: "wx" });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new UsageError(code === "EEXIST" ? `${FILE} exists already` : `${FILE} cannot be written: ${code}`);
  }
}
