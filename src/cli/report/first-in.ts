// What the first line of a file says that says anything: by which files are put in order before they are read.
import { stat } from "node:fs/promises";
import { fileBytes, lineBatches, unpacked } from "./lines.ts";

/** Of which none says anything: what such a file begins with is not looked for any longer. */
const LINES_MAX = 10_000;

/** Undefined also where it cannot be read: whoever reads it says why. Of a pipe, what is looked at is gone: it is left alone. */
export async function firstIn<T>(file: string, read: (line: string) => T | undefined): Promise<T | undefined> {
  let looked = 0;
  try {
    if (!(await stat(file)).isFile()) return undefined;
    for await (const { lines } of lineBatches(unpacked(fileBytes(file, () => undefined)))) {
      for (const line of lines) {
        const found = read(line);
        if (found !== undefined) return found;
        if (++looked > LINES_MAX) return undefined;
      }
    }
  } catch {
    // Said by whoever reads it.
  }
  return undefined;
}
