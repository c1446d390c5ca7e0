// Rotated files of an audit log: how they are named, packed and how many are kept.
import { constants, createWriteStream } from "node:fs";
import { lstat, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

/** Owner writes, group reads, nobody else. */
export const FILE_MODE = 0o640;

/** When a file is full, and what becomes of it. */
export interface Rotation {
  /** Size from which a new file is begun. */
  readonly bytesMax?: number;
  /** Period after which a new file is begun, aligned to midnight UTC where it divides a day. */
  readonly everyMs?: number | undefined;
  /** How many rotated files stay. */
  readonly keep?: number;
  /** Whether rotated files are packed. */
  readonly gzip?: boolean;
}

export const ROTATION_BYTES_MAX = 100 * 1024 * 1024;
const ROTATION_KEEP = 10;

const NUMBER_MAX = 999_999;
const TIME_DIGITS = 17;
const PACKING = ".gz.partial";
/** What stands behind the log's own name: time, number, and how it is packed. */
const ROTATED = /^\.(\d{8}T\d{9}Z)-(\d{6})(?:\.gz)?$/;

/** The rotated files of that log, oldest first; packed or not. */
export async function rotatedFiles(path: string): Promise<string[]> {
  return regularFiles(dirname(path), await rotatedNames(path));
}

/** Whatever has the name of one. */
async function rotatedNames(path: string): Promise<string[]> {
  const base = basename(path);
  const names = await readdir(dirname(path));
  return names.filter((name) => name.startsWith(base) && ROTATED.test(name.slice(base.length))).sort();
}

/** Whoever puts a folder, a pipe or a link there must hold up nothing, nor have anything read that the link leads to. */
export async function regularFiles(folder: string, names: readonly string[]): Promise<string[]> {
  const isRegular = (name: string) =>
    lstat(join(folder, name)).then(
      (found) => found.isFile(),
      () => false,
    );
  const found = await Promise.all(names.map(isRegular));
  return names.filter((_name, i) => found[i]);
}

/**
 * Moves the current file aside: `audit.ndjson.20261124T040506789Z-000000`. The name sorts behind all others, also where
 * the clock went back: the newest must never look like the oldest, which is what `keep` removes. Resolves to its name.
 */
export async function moveAside(path: string, timeMs: number): Promise<string> {
  let time = new Date(timeMs).toISOString().replace(/[-:.]/g, "");
  let number = 0;
  const last = ROTATED.exec((await rotatedNames(path)).at(-1)?.slice(basename(path).length) ?? "");
  if (last !== null && time <= (last[1] as string)) {
    time = last[1] as string;
    number = Number(last[2]) + 1;
  }
  if (number > NUMBER_MAX) {
    time = later(time);
    number = 0;
  }
  const name = `${path}.${time}-${String(number).padStart(6, "0")}`;
  await rename(path, name);
  return basename(name);
}

/** Whoever put a file there that has the last number of its time must not have the next one overwrite another. */
function later(time: string): string {
  const digits = String(BigInt(time.replace(/\D/g, "")) + 1n).padStart(TIME_DIGITS, "0");
  if (digits.length > TIME_DIGITS)
    throw Object.assign(new Error("no name is left that sorts last"), { code: "EEXIST" });
  return `${digits.slice(0, 8)}T${digits.slice(8)}Z`;
}

/** Which of the rotated files, full paths and oldest first, may be removed now so that `keep` stay. */
export type MayRemove = (files: readonly string[], keep: number) => readonly string[];

/** Which of these, oldest first, were rotated here, and are none that somebody put there. */
export type MayPack = (files: readonly string[]) => readonly string[];

/** What is rotated now and then, and what may be done with it. */
export interface Tidying {
  readonly rotation: Rotation;
  readonly mayRemove?: MayRemove | undefined;
  readonly mayPack?: MayPack | undefined;
}

/** Files are rotated before they are larger than they may be by more than what is written at once. */
const PACKED_SLACK_BYTES = 16 * 1024 * 1024;

/** Removes what is beyond `keep` and may go, packs the rest where asked, and clears what an earlier process left half done. */
export async function tidy(path: string, { rotation, mayRemove, mayPack }: Tidying): Promise<void> {
  const { keep = ROTATION_KEEP, gzip = false, bytesMax = ROTATION_BYTES_MAX } = rotation;
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    if (name.startsWith(`${basename(path)}.`) && name.endsWith(PACKING)) await rm(join(folder, name), { force: true });
  }
  const files = (await rotatedFiles(path)).map((name) => join(folder, name));
  const removed = mayRemove?.(files, keep) ?? files.slice(0, Math.max(0, files.length - keep));
  for (const file of removed) await rm(file, { force: true });
  if (!gzip) return;
  const unpacked = files.filter((file) => !file.endsWith(".gz") && !removed.includes(file));
  for (const file of mayPack?.(unpacked) ?? unpacked) await pack(file, 2 * bytesMax + PACKED_SLACK_BYTES);
}

/** A larger one is left as it is: a file with a hole in it costs whoever puts it there nothing, and has any size. */
async function pack(file: string, bytesMax: number): Promise<void> {
  const partial = `${file}${PACKING}`;
  // Neither is a link that somebody put there meanwhile: what it leads to is not read, nor written over.
  const bytes = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  if ((await bytes.stat()).size > bytesMax) return bytes.close();
  await pipeline(
    bytes.createReadStream(),
    createGzip({ level: 6 }),
    createWriteStream(partial, { mode: FILE_MODE, flags: "wx", flush: true }),
  );
  await rename(partial, `${file}.gz`);
  await rm(file, { force: true });
}
