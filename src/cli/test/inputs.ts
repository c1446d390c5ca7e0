// Guards what a run reads from what it writes: one that writes over its document or lock file would end with the project broken.
import type { Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { loadSettings } from "../../configuration/load.ts";
import { ProblemsError } from "../../openapi/located.ts";
import { DECISIONS_FILE } from "../../security-testing/decisions.ts";
import { isLockFile } from "../../security-testing/dependencies/lock-files.ts";
import { TEST_FILE } from "../../security-testing/dynamic/test-file/load.ts";
import { projectFiles } from "../../security-testing/project-files.ts";
import type { ApiContext } from "../../security-testing/run.ts";
import { SOURCE_FILE } from "../../security-testing/source/source-files.ts";
import type { FolderContext } from "../../security-testing/tester.ts";
import { type Given, UsageError } from "../command.ts";
import { whatToLoad } from "../configuration-flags.ts";
import type { Io } from "../io.ts";
import type { Judges } from "./judgement.ts";
import type { Ready } from "./output.ts";

/** Files that options name, and that the run reads. */
const NAMED = ["config", "openapi", "decisions", "tests", "lockfile", "db", "ca"] as const;
/** Before the file stands the tool that wrote it. */
const TOOL = /^[a-z][a-z-]+:/;

/** A file that the run writes, with its whole path. */
export interface Written {
  readonly option: string;
  readonly file: string;
}

export function writtenBy(ready: Ready, judges: Judges, bill: string | undefined): readonly Written[] {
  return [
    ...[...(ready.files?.values() ?? [])].map((file) => ({ option: "--output", file })),
    ...(judges.writeTo === undefined ? [] : [{ option: "--baseline", file: judges.writeTo }]),
    ...(bill === undefined ? [] : [{ option: "--sbom", file: bill }]),
  ];
}

/** Throws UsageError where a run would write over what it reads, or twice to one place. */
export async function refuseOverwriting(
  written: readonly Written[],
  given: Given,
  folder: FolderContext,
  api: ApiContext,
  io: Io,
): Promise<void> {
  if (written.length === 0) return;
  const read = new Set<string>();
  for (const file of await inputs(given, api, io)) {
    // oxlint-disable-next-line no-await-in-loop -- few
    const identity = await identityOf(path.resolve(io.cwd, file));
    if (identity !== undefined) read.add(identity);
  }
  const taken = new Map<string, string>();
  for (const { option, file } of written) {
    // oxlint-disable-next-line no-await-in-loop -- few
    const identity = await identityOf(file);
    // A device takes whatever comes.
    if (identity === undefined) continue;
    const name = path.relative(io.cwd, file).split(path.sep).join("/");
    // oxlint-disable-next-line no-await-in-loop -- few
    if (read.has(identity) || (await isOfProject(file, folder)))
      throw new UsageError(`${option}: ${name} is read by the run, and not written`, REMEDY);
    const other = taken.get(identity);
    if (other !== undefined) throw new UsageError(`${option}: ${name} is what ${other} is written to`, REMEDY);
    taken.set(identity, option);
  }
}

const REMEDY = "Name another place.";

/** Whether a test finds it by itself, under whatever name. Nothing that is not there yet. */
async function isOfProject(file: string, folder: FolderContext): Promise<boolean> {
  const about = await stat(file).catch(() => undefined);
  if (about === undefined) return false;
  if (isFound(file) || isFound(await realpath(file))) return true;
  // A link that is no other than the file itself: its names are to be looked for.
  return about.nlink > 1 && (await isAmong((await projectFiles(folder)).filter(isFound), about, folder.cwd));
}

/** Only what cannot be what an earlier run wrote: bills of materials and reports may. */
function isFound(file: string): boolean {
  const name = path.basename(file);
  return isLockFile(name) || SOURCE_FILE.test(name) || name === "package.json";
}

async function isAmong(files: readonly string[], { dev, ino }: Stats, cwd: string): Promise<boolean> {
  for (const file of files) {
    // oxlint-disable-next-line no-await-in-loop -- one is enough
    const about = await stat(path.resolve(cwd, file)).catch(() => undefined);
    if (about?.dev === dev && about.ino === ino) return true;
  }
  return false;
}

async function inputs(given: Given, api: ApiContext, io: Io): Promise<readonly string[]> {
  const named = NAMED.flatMap((option) => given.all(option));
  const imported = given.all("import").flatMap((text) => [text, text.replace(TOOL, "")]);
  const what = await whatToLoad(given, io).catch(() => undefined);
  const configuration = what?.file;
  const beside = path.join(configuration === undefined ? "" : path.dirname(configuration), TEST_FILE);
  const files = [
    ...named,
    ...imported,
    DECISIONS_FILE,
    beside,
    ...(configuration === undefined ? [] : [configuration]),
  ];
  if (!("why" in api)) return [...files, ...api.api.set.files];
  // Where no test needs the document it belongs to the project all the same.
  const settings = what === undefined ? undefined : await loadSettings(what).catch(onlyProblems);
  return settings === undefined ? files : [...files, settings.settings.openapi];
}

function onlyProblems(error: unknown): undefined {
  if (error instanceof ProblemsError) return undefined;
  throw error;
}

/** The same for every name of a file; where there is none yet, its path; undefined for what is no file. */
async function identityOf(file: string): Promise<string | undefined> {
  const about = await stat(file, { bigint: true }).catch(() => undefined);
  if (about === undefined) return file;
  return about.isFile() ? `${about.dev}:${about.ino}` : undefined;
}
