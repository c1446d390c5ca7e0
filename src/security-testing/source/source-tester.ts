// The test of source: misuse by its shape, with nothing to install, and what callers sent followed to where it harms, by Semgrep.
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Report, Untested } from "../finding.ts";
import { projectFiles } from "../project-files.ts";
import type { FolderContext, Tester } from "../tester.ts";
import { misuse } from "./misuse.ts";
import { runSemgrep, SemgrepError, semgrepVersion } from "./semgrep.ts";
import { SOURCE_FILE } from "./source-files.ts";
import { findingsOf } from "./weakness.ts";

/** Larger ones are bundles that somebody built. */
const BYTES_MAX = 1024 * 1024;
const PROGRESS_EVERY = 100;

export const sourceTester: Tester<FolderContext> = { kind: "source", run };

async function* run(context: FolderContext): AsyncGenerator<Report> {
  const files = (await projectFiles(context)).filter((file) => SOURCE_FILE.test(file));
  if (files.length === 0) {
    yield { ...untested("source", "there is no JavaScript or TypeScript below the folder"), isExpected: true };
    return;
  }
  const texts = new Map<string, string>();
  for (const [index, file] of files.entries()) {
    if (context.signal.aborted) return;
    if (index % PROGRESS_EVERY === 0) yield { progress: { kind: "source", done: index, of: files.length, what: file } };
    const text = await readFile(path.join(context.cwd, file), "utf8").catch(() => undefined);
    if (text === undefined) continue;
    if (text.length > BYTES_MAX) {
      yield untested(file, "it has more than 1 MB; --exclude leaves it out");
      continue;
    }
    texts.set(file, text);
    const lines = text.split("\n");
    yield* findingsOf(misuse(file, text), () => lines);
  }
  yield* followData(texts, context);
}

async function* followData(texts: ReadonlyMap<string, string>, context: FolderContext): AsyncGenerator<Report> {
  const what = `flow of data in ${texts.size} files`;
  if (context.options.has("no-semgrep")) {
    yield { ...untested(what, "--no-semgrep says so"), isExpected: true };
    return;
  }
  const program = context.options.text("semgrep") ?? "semgrep";
  const version = await semgrepVersion(program, context);
  if (version === undefined) {
    yield untested(what, `${program} cannot be run; install it (pipx install semgrep), or say --no-semgrep`);
    return;
  }
  yield { progress: { kind: "source", done: texts.size, of: texts.size, what: `Semgrep ${version}` } };
  try {
    const { weaknesses, unread } = await runSemgrep(program, version, texts, context);
    yield* findingsOf(weaknesses, (file) => (texts.get(file) ?? "").split("\n"));
    for (const { file, why } of unread) yield untested(`flow of data in ${file}`, why);
  } catch (error) {
    if (!(error instanceof SemgrepError) && !(error instanceof SyntaxError)) throw error;
    yield untested(what, `Semgrep failed: ${error.message}`);
  }
}

function untested(what: string, why: string): Untested {
  return { kind: "source", what, why, isExpected: false };
}
