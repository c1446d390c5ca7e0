// Where the forms of a result go: one to standard output or a file, several into a folder.
import { access, constants, mkdir, readlink, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { suggestion } from "../../configuration/did-you-mean.ts";
import { codeOf } from "../../configuration/error-code.ts";
import { FORMATS } from "../../security-testing/formats/formats.ts";
import type { TestResult } from "../../security-testing/result.ts";
import { type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";

export interface Wanted {
  readonly names: readonly string[];
  readonly output: string | undefined;
}

/** Throws UsageError where a form is not known, or where several would go to one place. */
export function wantedOf(given: Given): Wanted {
  const names = [...new Set(given.all("format").flatMap((text) => text.split(",")))].map((name) => name.trim());
  const known = ["text", ...Object.keys(FORMATS)];
  for (const name of names) {
    if (!known.includes(name))
      throw new UsageError(`--format ${name} is none of ${known.join(", ")}`, suggestion(name, known));
  }
  const output = given.text("output");
  if (names.length > 1 && output === undefined)
    throw new UsageError("several formats need a folder to go to", "Name it: --output reports");
  return { names: names.length === 0 ? ["text"] : names, output };
}

export interface Ready {
  readonly names: readonly string[];
  /** The file of each form; undefined: standard output. */
  readonly files: ReadonlyMap<string, string> | undefined;
}

/** Throws UsageError where something cannot be written: a run of minutes should not end at a place that is none. Makes the folder. */
export async function readied({ names, output }: Wanted, { cwd }: Pick<Io, "cwd">): Promise<Ready> {
  if (output === undefined) return { names, files: undefined };
  const whole = path.resolve(cwd, output);
  const isFolder = names.length > 1 || /[\\/]$/.test(output) || (await isDirectory(whole));
  await makeFolder(isFolder ? whole : path.dirname(whole));
  const files = new Map(names.map((name) => [name, isFolder ? path.join(whole, fileOf(name)) : whole]));
  await Promise.all([...new Set(files.values())].map(proveWritable));
  return { names, files };
}

/** The text is for `text`: it knows the terminal's colours. What goes to files is named on standard error. */
export async function writeResult(
  result: TestResult,
  { names, files }: Ready,
  text: (isPlain: boolean) => string,
  io: Io,
): Promise<void> {
  const render = async (name: string) => {
    const format = FORMATS[name];
    return format === undefined ? text(true) : (await format.load())(result);
  };
  if (files === undefined) {
    const [name] = names as [string];
    io.stdout.write(name === "text" ? text(false) : await render(name));
    // What was not tested must be seen, whatever reads the form.
    if (name !== "text") io.stderr.write(text(true).split("\n").slice(-3).join("\n"));
    return;
  }
  io.stdout.write(text(false));
  for (const [name, file] of files) {
    // oxlint-disable-next-line no-await-in-loop -- few, and each may be large
    await writeFile(file, await render(name)).catch((error: unknown) => refuse(file, error));
    io.stderr.write(`written: ${path.relative(io.cwd, file)}\n`);
  }
}

function fileOf(name: string): string {
  return FORMATS[name]?.file ?? "portcullis.txt";
}

/** Level by level: below /proc Node's own way to make all of them never ends. */
async function makeFolder(folder: string): Promise<void> {
  if (await isDirectory(folder)) return;
  const above = path.dirname(folder);
  if (above !== folder) await makeFolder(above);
  try {
    await mkdir(folder);
  } catch (error) {
    if (!(await isDirectory(folder))) refuse(folder, error);
  }
}

/** Leaves nothing behind, and what is there as it is. */
async function proveWritable(file: string): Promise<void> {
  try {
    await writeFile(file, "", { flag: "wx" });
    await rm(file);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") refuse(file, error);
    if (await isDirectory(file)) refuse(file, { code: "EISDIR" });
    const why = await access(file, constants.W_OK).then(
      () => undefined,
      (found: unknown) => found,
    );
    if (why === undefined) return;
    // A link to what is not there yet.
    const target = codeOf(why) === "ENOENT" ? await readlink(file).catch(() => undefined) : undefined;
    if (target === undefined) refuse(file, why);
    await proveWritable(path.resolve(path.dirname(file), target));
  }
}

/** What the usual failures of writing mean to a person. */
const WRITE_FAILURES: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EEXIST: "it is there, and no folder",
  EISDIR: "it is a folder",
  ENOENT: "nothing can be made there",
  ENOSPC: "there is no room left",
  ENOTDIR: "what is above it is no folder",
  EROFS: "nothing can be written there",
};

function refuse(file: string, error: unknown): never {
  const code = codeOf(error);
  throw new UsageError(
    `--output: ${file} cannot be written: ${WRITE_FAILURES[code] ?? code}`,
    "Name another place: --output reports/",
  );
}

async function isDirectory(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
