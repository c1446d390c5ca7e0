// The files of a record as they were at one moment, though it is written, rotated, packed and cut down by retention while it is read.
import { type FileHandle, open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Io } from "../io.ts";

export interface Snapshot {
  readonly files: readonly string[];
  /** The last of them, opened: wherever it is moved, it is read to its end. Undefined where it cannot be opened. */
  readonly last: FileHandle | undefined;
}

const TRIES = 50;

/** A list that was the same before and after its last file was opened. */
export async function takeSnapshot(list: () => Promise<readonly string[]>, io: Io): Promise<Snapshot> {
  for (let left = TRIES; ; left -= 1) {
    const files = await list();
    const path = resolve(io.cwd, files.at(-1) ?? "");
    const last = await open(path, "r").catch(() => undefined);
    if (left === 0 || (await isSame(files, await list(), path, last))) return { files, last };
    await last?.close();
  }
}

async function isSame(
  files: readonly string[],
  again: readonly string[],
  path: string,
  last: FileHandle | undefined,
): Promise<boolean> {
  if (files.join("\n") !== again.join("\n")) return false;
  const there = await stat(path).catch(() => undefined);
  const opened = await last?.stat();
  return there?.ino === opened?.ino && there?.dev === opened?.dev;
}
