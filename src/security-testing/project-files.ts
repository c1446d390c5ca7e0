// Which files belong to the project: what git knows or would add, else all but what is built or installed.
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { FolderContext, TestOption } from "./tester.ts";

const run = promisify(execFile);
const LIST_BYTES_MAX = 256 * 1024 * 1024;
const NOT_OURS = new Set([".git", "node_modules", "bower_components", "dist", "coverage", ".next", ".nuxt", ".yarn"]);

/** An option of every test that reads files. */
export const FILE_OPTIONS: Readonly<Record<string, TestOption>> = {
  exclude: { value: "path", what: "source, dependencies, secrets: leave out this file or folder", several: true },
};

/** Relative to the folder, with forward slashes, sorted. */
export async function projectFiles(context: FolderContext): Promise<readonly string[]> {
  const files = (await knownToGit(context)) ?? (await below(context.cwd));
  const excluded = excludedNames(context);
  return files
    .filter((file) => !file.split("/").some((part) => NOT_OURS.has(part)))
    .filter((file) => !isBelow(file, excluded))
    .sort();
}

/** Relative to the folder, as the user named them. */
export function excludedNames({ options }: FolderContext): readonly string[] {
  return options.all("exclude").map((given) => path.posix.normalize(given).replace(/\/$/, ""));
}

/** One of these files, or in one of these folders. */
export function isBelow(file: string, names: readonly string[]): boolean {
  return names.some((name) => file === name || file.startsWith(`${name}/`));
}

/** From the root of the repository, as code hosts name files: `api/`; empty at the root, and without git. */
export async function folderInRepository(cwd: string): Promise<string> {
  const words = ["-c", "core.fsmonitor=false", "rev-parse", "--show-prefix"];
  const said = await run("git", words, { cwd }).catch(() => undefined);
  return said?.stdout.trim() ?? "";
}

async function knownToGit({ cwd, signal }: FolderContext): Promise<readonly string[] | undefined> {
  // A repository may name a program for `fsmonitor`: reading files must not start it.
  const words = ["-c", "core.fsmonitor=false", "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  try {
    const { stdout } = await run("git", words, { cwd, signal, maxBuffer: LIST_BYTES_MAX });
    return [...new Set(stdout.split("\0"))].filter((file) => file !== "");
  } catch {
    return undefined;
  }
}

async function below(folder: string, from = ""): Promise<readonly string[]> {
  const files: string[] = [];
  for (const entry of await readdir(path.join(folder, from), { withFileTypes: true })) {
    const name = from === "" ? entry.name : `${from}/${entry.name}`;
    if (entry.isFile()) files.push(name);
    else if (entry.isDirectory() && !NOT_OURS.has(entry.name)) files.push(...(await below(folder, name)));
  }
  return files;
}
