// Whether a file that a run ends with can be written: looked at before it begins, as a run takes minutes.
import { access, constants, readlink, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { codeOf, whyUnwritable } from "../../configuration/error-code.ts";
import { isDirectory } from "../../security-testing/making-folders.ts";
import { UsageError } from "../command.ts";

/** Rejects with what the system says. Leaves nothing behind, and what is there as it is. */
export async function proveWritable(file: string): Promise<void> {
  try {
    await writeFile(file, "", { flag: "wx" });
    await rm(file);
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    if (await isDirectory(file)) throw Object.assign(new Error("a folder"), { code: "EISDIR", path: file });
    const why = await access(file, constants.W_OK).then(
      () => undefined,
      (found: unknown) => found,
    );
    if (why === undefined) return;
    // A link to what is not there yet.
    const target = codeOf(why) === "ENOENT" ? await readlink(file).catch(() => undefined) : undefined;
    if (target === undefined) throw why;
    await proveWritable(path.resolve(path.dirname(file), target));
  }
}

/** Names what stands in the way: a folder above the file, or where a link leads. */
export function unwritable(option: string, file: string, error: unknown, remedy: string): UsageError {
  const place = (error as { path?: string } | null)?.path ?? file;
  return new UsageError(`${option}: ${place} cannot be written: ${whyUnwritable(error)}`, remedy);
}

/** Throws UsageError. Unlike the folder of reports, the one of a file that is kept must be there: a new one would be a slip of the pen. */
export async function provenPlace(option: string, file: string): Promise<void> {
  const folder = path.dirname(file);
  if (!(await isDirectory(folder)))
    throw new UsageError(
      `${option}: ${file} cannot be written: there is no folder ${folder}`,
      "Make it, or name another.",
    );
  await proveWritable(file).catch((error: unknown) => {
    throw unwritable(option, file, error, "Name another place.");
  });
}
