// The key that seals what the built-in authorization server stores: made once, for this user only, never over another.
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { UsageError } from "../command.ts";

export const KEY_FILE = "identity.key";
const KEY_BYTES = 32;

/** Whether it was made now: one that is there has sealed something. */
export async function makeIdentityKey(folder: string): Promise<boolean> {
  try {
    const text = `${randomBytes(KEY_BYTES).toString("base64")}\n`;
    await writeFile(path.join(folder, KEY_FILE), text, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    if (code === "EEXIST") return false;
    throw new UsageError(`${KEY_FILE} cannot be written: ${code}`);
  }
}
