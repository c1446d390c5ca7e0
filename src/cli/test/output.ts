// Where the forms of a result go: one to standard output or a file, several into a folder.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { suggestion } from "../../configuration/did-you-mean.ts";
import { FORMATS } from "../../security-testing/formats/formats.ts";
import { isDirectory, makeFolder } from "../../security-testing/making-folders.ts";
import type { TestResult } from "../../security-testing/result.ts";
import { type Given, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { proveWritable, unwritable } from "./writable.ts";

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
  const folder = isFolder ? whole : path.dirname(whole);
  await makeFolder(folder).catch((error: unknown) => refuse(folder, error));
  const files = new Map(names.map((name) => [name, isFolder ? path.join(whole, fileOf(name)) : whole]));
  await Promise.all(
    [...new Set(files.values())].map((file) => proveWritable(file).catch((error: unknown) => refuse(file, error))),
  );
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

function refuse(file: string, error: unknown): never {
  throw unwritable("--output", file, error, "Name another place: --output reports/");
}
