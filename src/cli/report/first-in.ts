// What the first line of a file says that says anything: by which files are put in order before they are read.
import { stat } from "node:fs/promises";
import { fileBytes, lineBatches, unpacked } from "./lines.ts";

/** Of which none says anything: what such a file begins with is not looked for any longer. */
const LINES_MAX = 10_000;

/** For each of the files, one after the other: a shell may name thousands, and no more are open than one. */
export async function firstInEach<T>(
  files: readonly string[],
  read: (line: string) => T | undefined,
): Promise<(T | undefined)[]> {
  const found: (T | undefined)[] = [];
  // oxlint-disable-next-line no-await-in-loop -- as it says
  for (const file of files) found.push(await firstIn(file, read));
  return found;
}

/** Undefined also where it cannot be read: whoever reads it says why. Of a pipe, what is looked at is gone: it is left alone. */
async function firstIn<T>(file: string, read: (line: string) => T | undefined): Promise<T | undefined> {
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
