// Where the forms of a result go: one to standard output or a file, several into a folder.
import { mkdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { suggestion } from "../../configuration/did-you-mean.ts";
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

/** The text is for `text`: it knows the terminal's colours. What goes to files is named on standard error. */
export async function writeResult(
  result: TestResult,
  { names, output }: Wanted,
  text: (isPlain: boolean) => string,
  io: Io,
): Promise<void> {
  const render = async (name: string) => {
    const format = FORMATS[name];
    return format === undefined ? text(true) : (await format.load())(result);
  };
  if (output === undefined) {
    const [name] = names as [string];
    io.stdout.write(name === "text" ? text(false) : await render(name));
    // What was not tested must be seen, whatever reads the form.
    if (name !== "text") io.stderr.write(text(true).split("\n").slice(-3).join("\n"));
    return;
  }
  io.stdout.write(text(false));
  const whole = path.resolve(io.cwd, output);
  const isFolder = names.length > 1 || /[\\/]$/.test(output) || (await isDirectory(whole));
  await mkdir(isFolder ? whole : path.dirname(whole), { recursive: true });
  for (const name of names) {
    const file = isFolder ? path.join(whole, fileOf(name)) : whole;
    // oxlint-disable-next-line no-await-in-loop -- few, and each may be large
    await writeFile(file, await render(name));
    io.stderr.write(`written: ${path.relative(io.cwd, file)}\n`);
  }
}

function fileOf(name: string): string {
  return FORMATS[name]?.file ?? "portcullis.txt";
}

async function isDirectory(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
