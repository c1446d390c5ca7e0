// The test of dependencies: lock files and bills of materials beside a database of advisories.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { EgressError } from "../../egress/egress-error.ts";
import type { Report, Untested } from "../finding.ts";
import { isDirectory } from "../making-folders.ts";
import { projectFiles } from "../project-files.ts";
import { advisorAsked } from "../scanners/asked.ts";
import type { FolderContext, Tester } from "../tester.ts";
import { type AdvisoryDatabase, DatabaseError, openDatabase } from "./advisory-database.ts";
import { writeBill } from "./bill-writing.ts";
import { keptPlace, OFFICIAL_PLACE, updateDatabase } from "./database-update.ts";
import { importsOf } from "./imports.ts";
import { installScripts } from "./install-scripts.ts";
import { asObject, asText, type Inventory, InventoryError } from "./inventory.ts";
import { lockFilesAmong, readInventory } from "./lock-files.ts";
import { vulnerabilities } from "./vulnerabilities.ts";

const DAY_MS = 86_400_000;
export const DATABASE_AGE_MAX_DAYS = 7;

export const dependenciesTester: Tester<FolderContext> = { kind: "dependencies", run };

async function* run(context: FolderContext): AsyncGenerator<Report> {
  const { cwd, options } = context;
  const files = await projectFiles(context);
  const given = options.all("lockfile");
  const bill = options.text("sbom");
  const billFile = bill === undefined ? undefined : path.resolve(cwd, bill);
  // What is written is nothing to read: the next run would find everything twice.
  const found = lockFilesAmong(files).filter((file) => path.resolve(cwd, file) !== billFile);
  const lockFiles = given.length > 0 ? given : found;
  if (lockFiles.length === 0) {
    yield untested("dependencies", "there is no lock file and no bill of materials; --lockfile names one elsewhere");
    return;
  }
  const all: Inventory[] = [];
  for (const file of lockFiles) {
    const read = await readInventory(cwd, file).catch((error: unknown) => {
      if (error instanceof InventoryError) return untested(file, error.message);
      throw error;
    });
    if ("kind" in read) yield read;
    else all.push(read);
  }
  const inventories = given.length > 0 ? all : withoutOwnBills(all);
  if (billFile !== undefined) {
    const madeFrom = inventories.map(({ file }) => fromFolder(path.dirname(billFile), path.resolve(cwd, file)));
    await writeFile(billFile, writeBill(inventories, await subjectOf(cwd), madeFrom, new Date()));
  }
  for (const inventory of inventories) {
    const { findings, unknown } = await installScripts(cwd, inventory);
    yield* findings;
    if (unknown > 0) {
      yield untested(
        `install scripts of ${unknown} packages in ${inventory.file}`,
        "its form does not tell, and they are not installed beside it; install them first",
      );
    }
  }
  yield* judge(context, inventories, files);
}

/** A bill that was made from what is read anyway says nothing new, or what was so before. */
function withoutOwnBills(inventories: readonly Inventory[]): readonly Inventory[] {
  const read = new Set(inventories.filter(({ madeFrom = [] }) => madeFrom.length === 0).map(({ file }) => file));
  return inventories.filter(({ file, madeFrom = [] }) => {
    const sources = madeFrom.map((source) => path.posix.join(path.posix.dirname(file), source));
    return sources.length === 0 || !sources.every((source) => read.has(source));
  });
}

function fromFolder(folder: string, file: string): string {
  return path.relative(folder, file).split(path.sep).join("/");
}

async function* judge(
  context: FolderContext,
  inventories: readonly Inventory[],
  files: readonly string[],
): AsyncGenerator<Report> {
  const names = new Set(inventories.flatMap(({ packages }) => [...packages.values()].map(({ name }) => name)));
  const what = `known vulnerabilities of ${names.size} packages`;
  const database = await databaseFor(context, names).catch((error: unknown) => {
    if (error instanceof DatabaseError || error instanceof EgressError) return error;
    throw error;
  });
  if (database instanceof Error) {
    const other = context.options.has("db") ? undefined : advisorAsked(context.options);
    if (other === undefined) yield untested(what, database.message);
    else yield { ...untested(what, `there is no database; ${other} was asked instead`), isExpected: true };
    return;
  }
  const days = Math.floor((Date.now() - database.writtenAt.getTime()) / DAY_MS);
  const said = `${database.size} advisories, ${days === 1 ? "1 day" : `${days} days`} old`;
  yield { progress: { kind: "dependencies", done: 0, of: inventories.length, what: said } };
  const daysMax = Number(context.options.text("db-age") ?? DATABASE_AGE_MAX_DAYS);
  if (!(days <= daysMax)) {
    const why = `${database.place} is ${days} days old, and ${daysMax} are allowed; load it anew (--update), or allow more (--db-age)`;
    yield untested(what, why);
    return;
  }
  const imports = await importsOf(context.cwd, files);
  for (const [index, inventory] of inventories.entries()) {
    yield* vulnerabilities(inventory, database.advisories, imports);
    yield { progress: { kind: "dependencies", done: index + 1, of: inventories.length, what: inventory.file } };
    if (!inventory.hasPaths) {
      // Not a gap: what is vulnerable is found all the same.
      yield {
        ...untested(`ways to packages of ${inventory.file}`, "it does not say which needs which"),
        isExpected: true,
      };
    }
  }
}

async function databaseFor(context: FolderContext, names: ReadonlySet<string>): Promise<AdvisoryDatabase> {
  const { options, env, cwd, signal } = context;
  const given = options.text("db");
  const place = given === undefined ? keptPlace(env) : path.resolve(cwd, given);
  // The folder itself is made; one above it that is not there would be a slip of the pen.
  if (given !== undefined && options.has("update") && !(await isDirectory(path.dirname(place))))
    throw new DatabaseError(`there is no folder ${path.dirname(place)}: make it, or name another place by --db`);
  if (options.has("update")) await updateDatabase(place, options.text("db-url") ?? OFFICIAL_PLACE, signal);
  try {
    return await openDatabase(place, names);
  } catch (error) {
    if (given !== undefined || !(error instanceof DatabaseError)) throw error;
    throw new DatabaseError("there is no database of advisories: load it by --update, or name one by --db");
  }
}

async function subjectOf(cwd: string): Promise<{ readonly name: string; readonly version?: string }> {
  const text = await readFile(path.join(cwd, "package.json"), "utf8").catch(() => "{}");
  const manifest = asObject(JSON.parse(text));
  const version = asText(manifest["version"]);
  return { name: asText(manifest["name"]) ?? path.basename(cwd), ...(version !== undefined && { version }) };
}

function untested(what: string, why: string): Untested {
  return { kind: "dependencies", what, why, isExpected: false };
}
