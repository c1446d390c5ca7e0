// What files hold, in brief, and whether they may hold something else by now: for whoever follows files.
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import { fileStamp } from "../transport/file-stamp.ts";

/** What a file holds, in brief. */
export type Contents = string;

/** Of a file that cannot be read. */
export const ABSENT: Contents = "absent";

type Read = (file: string) => Promise<string>;

/** Reads it, and notes what it held; also that it could not be read. */
export async function readInto(map: Map<string, Contents>, file: string, read: Read): Promise<string> {
  map.set(file, ABSENT);
  const text = await read(file);
  map.set(file, createHash("sha256").update(text).digest("base64url"));
  return text;
}

/** Changes when one of them may hold something else. */
export async function stampOf(files: Iterable<string>, cwd: string): Promise<string> {
  const stamps: string[] = [];
  for (const file of files) stamps.push(`${file} ${await fileStamp(path.resolve(cwd, file))}`);
  return stamps.join("\n");
}

/** What they hold now. A pipe (`--config <(…)`) can be read once only: it counts as it was `known`. */
export async function contentsOf(
  files: Iterable<string>,
  known: ReadonlyMap<string, Contents>,
  { cwd, read }: { readonly cwd: string; readonly read: Read },
): Promise<ReadonlyMap<string, Contents>> {
  const found = new Map<string, Contents>();
  for (const file of files) {
    if (await isPipe(path.resolve(cwd, file))) found.set(file, known.get(file) ?? ABSENT);
    else await readInto(found, file, read).catch(() => undefined);
  }
  return found;
}

async function isPipe(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && !found.isFile();
}
