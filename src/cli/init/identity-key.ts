// The key that seals what the built-in authorization server stores: made once, for this user only, never over another.
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { UsageError } from "../command.ts";

export const KEY_FILE = "identity.key";
const KEY_BYTES = 32;

/** Whether there is one already: that has sealed something. Throws UsageError where it is none, as the start would; nothing is written then. */
export async function hasIdentityKey(folder: string): Promise<boolean> {
  let text: string;
  try {
    text = await readFile(path.join(folder, KEY_FILE), "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    if (code === "ENOENT") return false;
    throw new UsageError(`${KEY_FILE} is there and cannot be read: ${code}`, REMEDY);
  }
  const { length } = Buffer.from(text, "base64");
  if (length === KEY_BYTES) return true;
  throw new UsageError(`${KEY_FILE} is there and no key: it has ${length} bytes in base64, not ${KEY_BYTES}`, REMEDY);
}

const REMEDY =
  "It is never overwritten: a database may be sealed by it. Put the right one back; or, where there is none yet, move it away.";

/** Throws UsageError where it cannot be written. */
export async function makeIdentityKey(folder: string): Promise<void> {
  try {
    const text = `${randomBytes(KEY_BYTES).toString("base64")}\n`;
    await writeFile(path.join(folder, KEY_FILE), text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    throw new UsageError(`${KEY_FILE} cannot be written: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`);
  }
}
