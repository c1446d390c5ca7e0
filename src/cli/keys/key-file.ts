// The file of API keys: read strictly, changed by one command at a time, exchanged whole.
import { open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { parseApiKeyFile } from "../../configuration/compose/api-keys.ts";
import { codeOf } from "../../configuration/error-code.ts";
import type { WrittenApiKey } from "../../configuration/schema/api-keys.ts";
import { UsageError } from "../command.ts";

/** Hashes of random keys are no secret, but who uses what is nobody's business. */
const NEW_FILE_MODE = 0o640;

/** Throws UsageError where it is missing or broken. */
export async function readKeyFile(file: string): Promise<readonly WrittenApiKey[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${codeOf(error)}`, "`portcullis keys create` makes it.");
  }
  const keys = parseApiKeyFile(text);
  if (typeof keys === "string") throw new UsageError(`${file}: ${keys}`, "Mend it, or take it out of the way.");
  return keys;
}

/** A gateway that reads meanwhile sees the old keys or the new ones, never half of them. */
export async function editKeyFile(
  file: string,
  change: (keys: readonly WrittenApiKey[]) => readonly WrittenApiKey[],
  { make = false } = {},
): Promise<void> {
  const lock = `${file}.lock`;
  const held = await open(lock, "wx").catch((error: unknown) => {
    const isHeld = (error as NodeJS.ErrnoException).code === "EEXIST";
    throw isHeld
      ? new UsageError(`another command is changing ${file}`, `Try again; if nothing runs, remove ${lock}.`)
      : new UsageError(`${file} cannot be written: ${codeOf(error)}`);
  });
  try {
    const mode = await stat(file).then(
      (found) => found.mode & 0o777,
      (error: unknown) => {
        if (!make || (error as NodeJS.ErrnoException).code !== "ENOENT") return NEW_FILE_MODE;
        return undefined;
      },
    );
    const before = mode === undefined ? [] : await readKeyFile(file);
    const lines = change(before).map((key) => `    ${JSON.stringify(key)}`);
    const next = `${file}.new`;
    await writeFile(next, `{\n  "keys": [\n${lines.join(",\n")}\n  ]\n}\n`, {
      mode: mode ?? NEW_FILE_MODE,
      flush: true,
    });
    await rename(next, file);
  } finally {
    await held.close();
    await rm(lock, { force: true });
  }
}
