// A file that Portcullis keeps: read strictly, changed by one process at a time, exchanged whole.
import { setTimeout as pause } from "node:timers/promises";
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { codeOf, whyUnreadable } from "./error-code.ts";

/** What is wrong with such a file, for whoever can mend it. */
export class KeptFileError extends Error {
  readonly remedy: string | undefined;

  constructor(message: string, remedy?: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** Changing one takes milliseconds: whoever held its lock for so long was killed meanwhile. */
const LOCK_ABANDONED_MS = 30_000;
const LOCK_TRIES = 20;
const LOCK_TRY_MS = 50;

/** Hashes and names are no secret, but who uses what is nobody's business. */
const NEW_FILE_MODE = 0o640;

export interface Kept<T> {
  /** The member of the file's object that holds the list: `keys`. */
  readonly member: string;
  /** The list of a file's text, or what is wrong with it. */
  parse(text: string): readonly T[] | string;
  /** The command that makes a file. */
  readonly maker: string;
}

/** Throws KeptFileError where it is missing or broken. */
export async function readKept<T>(file: string, kept: Kept<T>): Promise<readonly T[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new KeptFileError(`${file} cannot be read: ${whyUnreadable(error)}`, `\`${kept.maker}\` makes it.`);
  }
  const found = kept.parse(text);
  if (typeof found === "string") throw new KeptFileError(`${file}: ${found}`, "Mend it, or take it out of the way.");
  return found;
}

/** What a file held when it had this stamp. */
export interface KnownList<T> {
  readonly stamp: string;
  readonly list: readonly T[];
}

export interface KeptEdit<T> {
  /** Makes a file where there is none. */
  readonly make?: boolean;
  /** Read again only where the file is another meanwhile. */
  readonly known?: KnownList<T> | undefined;
}

export interface Kepts<T> {
  /** Whether the file was as `known` said. */
  readonly wasKnown: boolean;
  readonly now: KnownList<T> | undefined;
}

/**
 * A gateway that reads meanwhile sees the old list or the new one, never half of it. `keep` writes a list before that, within the
 * same lock.
 */
export async function editKept<T>(
  file: string,
  kept: Kept<T>,
  change: (list: readonly T[], keep: (list: readonly T[]) => Promise<void>) => readonly T[] | Promise<readonly T[]>,
  { make = false, known }: KeptEdit<T> = {},
): Promise<Kepts<T>> {
  const lock = `${file}.lock`;
  const held = await locked(file, lock);
  try {
    const mode = await modeOf(file);
    const wasKnown = known !== undefined && known.stamp === (await stampOf(file));
    const before = wasKnown ? known.list : mode === undefined && make ? [] : await readKept(file, kept);
    const keep = (list: readonly T[]) => exchange(file, textOf(kept, list), mode ?? NEW_FILE_MODE);
    const list = await change(before, keep);
    await keep(list);
    const stamp = await stampOf(file);
    return { wasKnown, now: stamp === undefined ? undefined : { stamp, list } };
  } finally {
    await held.close();
    await rm(lock, { force: true });
  }
}

function textOf<T>({ member }: Kept<T>, list: readonly T[]): string {
  const lines = list.map((entry) => `\n    ${JSON.stringify(entry)}`);
  return `{\n  "${member}": [${lines.join(",")}\n  ]\n}\n`;
}

async function exchange(file: string, text: string, mode: number): Promise<void> {
  const next = `${file}.new`;
  await writeFile(next, text, { mode, flush: true });
  await rename(next, file);
}

/** Another text where the file was changed since. Undefined where there is none. */
export async function stampOf(file: string): Promise<string | undefined> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  return found && `${found.ino} ${found.size} ${found.mtimeMs}`;
}

/** Whoever else changes it is done in a moment. */
async function locked(file: string, lock: string): Promise<FileHandle> {
  for (let tries = 1; ; tries += 1) {
    const heldSinceMs = (await stat(lock).catch(() => undefined))?.mtimeMs;
    if (heldSinceMs !== undefined && Date.now() - heldSinceMs > LOCK_ABANDONED_MS) await rm(lock, { force: true });
    try {
      return await open(lock, "wx");
    } catch (error) {
      const isHeld = (error as NodeJS.ErrnoException).code === "EEXIST";
      if (!isHeld) throw new KeptFileError(`${file} cannot be written: ${codeOf(error)}`);
      if (tries === LOCK_TRIES) {
        throw new KeptFileError(`another process is changing ${file}`, `Try again; if nothing runs, remove ${lock}.`);
      }
    }
    await pause(LOCK_TRY_MS);
  }
}

/** Undefined where there is no such file. */
async function modeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mode & 0o777;
  } catch {
    return undefined;
  }
}
