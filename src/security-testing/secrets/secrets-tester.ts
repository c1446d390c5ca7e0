// The test for secrets: the files of the project, and what git remembers of them.
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { createHash } from "node:crypto";
import type { Finding, Report, Untested } from "../finding.ts";
import { fingerprintOf } from "../fingerprint.ts";
import { projectFiles } from "../project-files.ts";
import type { FolderContext, Tester } from "../tester.ts";
import { environmentFiles } from "./environment-files.ts";
import { commitOf, historyState, oldTexts } from "./history.ts";
import { privateKeys } from "./private-keys.ts";
import type { Secret, Text } from "./secret.ts";
import { serviceCredentials } from "./service-credentials.ts";
import { signedTokens } from "./signed-tokens.ts";

const BYTES_MAX = 5 * 1024 * 1024;
/** A file with a NUL in its first part is not text. */
const HEAD_BYTES = 8192;
const TOO_LARGE = Symbol("too large");
const PROGRESS_EVERY = 200;

export const secretsTester: Tester<FolderContext> = { kind: "secrets", run };

async function* run(context: FolderContext): AsyncGenerator<Report> {
  const files = await projectFiles(context);
  const seen = new Set<string>();
  for (const [index, file] of files.entries()) {
    if (context.signal.aborted) return;
    if (index % PROGRESS_EVERY === 0)
      yield { progress: { kind: "secrets", done: index, of: files.length, what: file } };
    const text = await readText(path.join(context.cwd, file));
    if (text === TOO_LARGE) yield untested(file, `it has more than ${BYTES_MAX / 1024 / 1024} MB`, false);
    if (typeof text !== "string") continue;
    for (const secret of await secretsIn({ file, text })) {
      seen.add(secret.value);
      yield findingOf(secret, file, `${say(secret)} stands in the file.`);
    }
  }
  yield* readHistory(context, seen);
}

async function* readHistory(context: FolderContext, seen: Set<string>): AsyncGenerator<Report> {
  const { cwd, options, signal } = context;
  if (options.has("no-history")) {
    yield untested("history of git", "--no-history says so", true);
    return;
  }
  const state = await historyState(cwd, signal);
  if (state === undefined) return;
  if (state === "shallow") {
    yield untested(
      "history of git",
      "the clone is shallow: fetch all of it (`git fetch --unshallow`), or say --no-history",
      false,
    );
  }
  for await (const { file, text, blob } of oldTexts(context, BYTES_MAX)) {
    for (const secret of await secretsIn({ file, text })) {
      // What stands in the folder is reported there; what stood in many versions once.
      if (seen.has(secret.value)) continue;
      seen.add(secret.value);
      const commit = await commitOf(cwd, blob, signal);
      const where = commit === undefined ? "the history" : `the history (${commit})`;
      yield findingOf(
        secret,
        file,
        `${say(secret)} stands in ${where}, in a version of the file that is no longer current.`,
      );
    }
  }
}

async function secretsIn(text: Text): Promise<readonly Secret[]> {
  return [
    ...(await serviceCredentials(text)),
    ...privateKeys(text),
    ...signedTokens(text, Date.now()),
    ...environmentFiles(text),
  ];
}

async function readText(file: string): Promise<string | typeof TOO_LARGE | undefined> {
  const about = await stat(file).catch(() => undefined);
  if (about?.isFile() !== true) return undefined;
  if (about.size > BYTES_MAX) return TOO_LARGE;
  const bytes = await readFile(file);
  return bytes.subarray(0, HEAD_BYTES).includes(0) ? undefined : bytes.toString("utf8");
}

function say({ what, rule }: Secret): string {
  if (rule === "secrets.environment-file") return `A value of ${what}`;
  if (rule === "secrets.credential") return `A credential of ${what}`;
  return `${what[0]?.toUpperCase()}${what.slice(1)}`;
}

function findingOf(secret: Secret, file: string, message: string): Finding {
  // The digest is of a salted rule: who guesses a short secret must not be able to confirm it by looking the digest up.
  const digest = createHash("sha256").update(`${secret.rule}\0${secret.value}`).digest("hex");
  return {
    rule: secret.rule,
    severity: secret.severity,
    confidence: secret.confidence,
    message,
    places: [{ file, line: secret.line, column: 1 }],
    evidence: [],
    fingerprint: fingerprintOf(secret.rule, undefined, digest.slice(0, 16), file),
    sources: [secret.rule === "secrets.credential" ? "secretlint" : "portcullis"],
  };
}

function untested(what: string, why: string, isExpected: boolean): Untested {
  return { kind: "secrets", what, why, isExpected };
}
