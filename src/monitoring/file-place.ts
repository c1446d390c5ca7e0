// Which file a path means, however its folder is spelled.
import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Links among the folders lead to the same place; the file itself is what is named. Rejects where the folder is not there. */
export async function placeOf(path: string): Promise<string> {
  return join(await realpath(dirname(path)), basename(path));
}
