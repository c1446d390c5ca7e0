// Reads a file that a setting names, as text. One that cannot be read is noted at the setting, and stops the start.
import { whyUnreadable } from "../error-code.ts";
import type { KeyPath } from "../source.ts";
import type { Judgement } from "./judgement.ts";

/** Undefined, with the problem noted, where it cannot be read. */
export async function readNamedFile(
  judgement: Judgement,
  settings: KeyPath,
  { file, readText, remedy }: { file: string; readText: (file: string) => Promise<string>; remedy: string },
): Promise<string | undefined> {
  try {
    return await readText(file);
  } catch (error) {
    judgement.error("file-unreadable", { settings }, `${file} cannot be read: ${whyUnreadable(error)}`, remedy);
    return undefined;
  }
}
