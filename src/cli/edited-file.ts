// Files that commands change: what is wrong with one is told as any mistake of usage is.
import { editKept as edit, type Kept, KeptFileError, readKept as read } from "../configuration/kept-file.ts";
import { UsageError } from "./command.ts";

export type { Kept } from "../configuration/kept-file.ts";

/** Throws UsageError where it is missing or broken. */
export async function readKept<T>(file: string, kept: Kept<T>): Promise<readonly T[]> {
  return read(file, kept).catch(asUsage);
}

export async function editKept<T>(
  file: string,
  kept: Kept<T>,
  change: (list: readonly T[]) => readonly T[],
  how?: { make?: boolean },
): Promise<void> {
  await edit(file, kept, change, how).catch(asUsage);
}

function asUsage(error: unknown): never {
  throw error instanceof KeptFileError ? new UsageError(error.message, error.remedy) : error;
}
