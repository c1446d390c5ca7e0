// Makes a folder and those above it, level by level: below /proc Node's own way to make all of them never ends.
import { mkdir, stat } from "node:fs/promises";
import path from "node:path";

/** Rejects with what the system said of the first that could not be made. */
export async function makeFolder(folder: string): Promise<void> {
  if (await isDirectory(folder)) return;
  const above = path.dirname(folder);
  if (above !== folder) await makeFolder(above);
  try {
    await mkdir(folder);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (!(await isDirectory(folder))) throw error;
  }
}

export async function isDirectory(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
