// Runs osv-scanner 2 over the lock files that our own test reads, beside the same database where there is one.
import { mkdir, mkdtemp, rm, stat, symlink } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { DatabaseError, databaseFiles } from "../../dependencies/advisory-database.ts";
import { keptPlace } from "../../dependencies/database-update.ts";
import { asList, asObject } from "../../dependencies/inventory.ts";
import { lockFilesAmong, readInventory } from "../../dependencies/lock-files.ts";
import type { Untested } from "../../finding.ts";
import { projectFiles } from "../../project-files.ts";
import type { FolderContext } from "../../tester.ts";
import { osvScannerForm } from "../forms/osv-scanner.ts";
import { needText } from "../json.ts";
import { type Driven, type Driver, MISSING, type Missing, NOTHING } from "./driver.ts";
import { runProgram } from "./program.ts";

export const osvScannerDriver: Driver = {
  name: "osv-scanner",
  kind: "dependencies",
  program: "osv-scanner",
  install: "go install github.com/google/osv-scanner/v2/cmd/osv-scanner@v2.6.0",
  run,
};

/** 1: it found something. 127 and 128 are failures, whatever it printed. */
const ENDS: ReadonlySet<number | undefined> = new Set([0, 1]);
const VERSION_WORDS = ["--version"];
/** What has no vulnerability is listed, too: it shows which files were read. */
const WORDS = ["scan", "source", "--format", "json", "--all-packages", "--verbosity", "error"];

async function run(program: string, context: FolderContext): Promise<Driven | Missing> {
  const version = await runProgram(program, VERSION_WORDS, context);
  if (version === undefined) return MISSING;
  const files = await filledLockFiles(context);
  if (files.length === 0) return NOTHING;
  const database = await offlineDatabase(context).catch((error: unknown) => error);
  if (database instanceof DatabaseError) return { foreign: [], untested: [untested(files.length, database.message)] };
  if (database instanceof Error) throw database;
  const folder = database as string | undefined;
  try {
    return await scan(program, files, folder, context);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function scan(
  program: string,
  files: readonly string[],
  folder: string | undefined,
  context: FolderContext,
): Promise<Driven> {
  const words = [
    ...WORDS,
    ...(folder === undefined ? [] : ["--offline-vulnerabilities"]),
    // After a colon the whole rest is the file's name.
    ...files.flatMap((file) => ["--lockfile", `:${path.resolve(context.cwd, file)}`]),
  ];
  const env = folder === undefined ? context.env : { ...context.env, OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY: folder };
  const said = await runProgram(program, words, { ...context, env });
  if (said === undefined || !ENDS.has(said.code)) {
    const why = `osv-scanner failed (${said?.code ?? "stopped"}): ${said?.complaint ?? ""}`;
    return { foreign: [], untested: [untested(files.length, why)] };
  }
  const report = JSON.parse(said.out) as unknown;
  const read = new Set(
    asList(asObject(report)["results"]).map((result, i) =>
      needText(asObject(asObject(result)["source"]), "path", `results[${i}].source`),
    ),
  );
  const missed = files.filter((file) => !read.has(path.resolve(context.cwd, file)));
  return {
    foreign: osvScannerForm.read(report, context),
    untested: missed.map((file) => ({ ...untested(1, "osv-scanner did not read it"), what: `${file} by osv-scanner` })),
  };
}

/** It fails where a file lists nothing, as if it could not read it. */
async function filledLockFiles(context: FolderContext): Promise<readonly string[]> {
  const given = context.options.all("lockfile");
  const files = given.length > 0 ? given : lockFilesAmong(await projectFiles(context));
  const filled: string[] = [];
  for (const file of files) {
    // oxlint-disable-next-line no-await-in-loop -- few, and each may be large
    const inventory = await readInventory(context.cwd, file).catch(() => undefined);
    if (inventory === undefined || inventory.packages.size > 0) filled.push(file);
  }
  return filled;
}

/** A folder in its own layout over the database that we use; undefined: it asks osv.dev. */
async function offlineDatabase({ options, env, cwd }: FolderContext): Promise<string | undefined> {
  const given = options.text("db");
  const place = given === undefined ? keptPlace(env) : path.resolve(cwd, given);
  if (given === undefined && (await stat(place).catch(() => undefined)) === undefined) return undefined;
  const [zip, ...others] = await databaseFiles(place);
  if (zip === undefined || others.length > 0 || !zip.endsWith(".zip"))
    throw new DatabaseError(`${place} is no zip, and osv-scanner reads nothing else: name the zip by --db`);
  const folder = await mkdtemp(path.join(os.tmpdir(), "portcullis-osv-"));
  const npm = path.join(folder, "osv-scalibr", "npm");
  await mkdir(npm, { recursive: true });
  await symlink(zip, path.join(npm, "all.zip"));
  return folder;
}

function untested(count: number, why: string): Untested {
  const what = `${count} lock ${count === 1 ? "file" : "files"} by osv-scanner`;
  return { kind: "dependencies", what, why, isExpected: false };
}
