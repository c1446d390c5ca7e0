// Writes several files or none: a document in two files of which one is mended says what nobody wrote.
import { access, constants, readFile, writeFile } from "node:fs/promises";
import { codeOf } from "../../configuration/error-code.ts";

export interface NotWritten {
  readonly file: string;
  readonly why: string;
}

/** Files that are there, with their whole paths. Undefined: all were written. */
export async function writeAll(texts: ReadonlyMap<string, string>): Promise<NotWritten | undefined> {
  const before = new Map<string, string>();
  let at = "";
  try {
    for (const file of texts.keys()) {
      at = file;
      // oxlint-disable-next-line no-await-in-loop -- documents have few files
      await access(file, constants.W_OK);
      // oxlint-disable-next-line no-await-in-loop
      before.set(file, await readFile(file, "utf8"));
    }
  } catch (error) {
    return { file: at, why: `it cannot be written (${codeOf(error)}); nothing was changed` };
  }
  const written: string[] = [];
  try {
    for (const [file, text] of texts) {
      at = file;
      // oxlint-disable-next-line no-await-in-loop -- the first that fails ends it
      await writeFile(file, text);
      written.push(file);
    }
    return undefined;
  } catch (error) {
    const why = `it cannot be written (${codeOf(error)})`;
    const left = await putBack(written, before);
    return {
      file: at,
      why: left.length === 0 ? `${why}; nothing was changed` : `${why}; ${left.join(", ")} stays changed`,
    };
  }
}

/** Gives those that could not be put back. */
async function putBack(written: readonly string[], before: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const left = await Promise.all(
    written.map((file) =>
      writeFile(file, before.get(file) ?? "").then(
        () => [],
        () => [file],
      ),
    ),
  );
  return left.flat();
}
