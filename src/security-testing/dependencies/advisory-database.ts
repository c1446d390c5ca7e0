// A database of advisories in the layout of OSV: a folder of JSON files, a zip of them, or a folder that holds such a zip.
import { type Dirent, createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { Unzip, UnzipInflate } from "fflate";
import { type Advisory, readAdvisory } from "./advisory.ts";

/** Where tools keep the zip of npm: osv-scanner 2, osv-scanner 1, this one. */
const ZIP_PLACES = ["osv-scalibr/npm/all.zip", "npm/all.zip", "all.zip"];
const NAMES = /"name"\s*:\s*"([^"\\]+)"/g;

export interface AdvisoryDatabase {
  readonly place: string;
  /** When its newest part was written. */
  readonly writtenAt: Date;
  /** How many advisories it has, of whatever package. */
  readonly size: number;
  /** Of the packages that were asked for, by package. */
  readonly advisories: ReadonlyMap<string, readonly Advisory[]>;
}

export class DatabaseError extends Error {}

/** Reads what concerns `names`. Rejects with DatabaseError where nothing that looks like a database stands there. */
export async function openDatabase(place: string, names: ReadonlySet<string>): Promise<AdvisoryDatabase> {
  const found = await databaseFiles(place);
  const advisories = new Map<string, Advisory[]>();
  let size = 0;
  const take = (name: string, text: string): void => {
    if (!text.includes('"affected"')) return;
    size += 1;
    // Most of the database is about other packages: only what may concern these is parsed.
    if (!isAbout(text, names)) return;
    const advisory = parsed(place, name, text);
    for (const { name: about } of advisory?.affected ?? []) {
      if (!names.has(about)) continue;
      const list = advisories.get(about);
      if (list === undefined) advisories.set(about, [advisory as Advisory]);
      else if (!list.includes(advisory as Advisory)) list.push(advisory as Advisory);
    }
  };
  let writtenAt = 0;
  for (const file of found) {
    writtenAt = Math.max(writtenAt, (await stat(file)).mtimeMs);
    if (file.endsWith(".zip")) await eachInZip(file, take);
    else take(file, await readFile(file, "utf8"));
  }
  if (size === 0) throw new DatabaseError(`${place} holds no advisories`);
  return { place, writtenAt: new Date(writtenAt), size, advisories };
}

function isAbout(text: string, names: ReadonlySet<string>): boolean {
  for (const [, name] of text.matchAll(NAMES)) if (names.has(name as string)) return true;
  return false;
}

function parsed(place: string, name: string, text: string): Advisory | undefined {
  try {
    return readAdvisory(text);
  } catch (error) {
    throw new DatabaseError(`${place}: ${path.basename(name)} cannot be read: ${(error as Error).message}`);
  }
}

/** The zip, or the files of a folder. */
export async function databaseFiles(place: string): Promise<readonly string[]> {
  const about = await stat(place).catch(() => undefined);
  if (about === undefined) throw new DatabaseError(`there is no ${place}`);
  if (about.isFile()) return [place];
  for (const inside of ZIP_PLACES) {
    const zip = path.join(place, inside);
    if ((await stat(zip).catch(() => undefined)) !== undefined) return [zip];
  }
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  return entries.filter(isAdvisoryFile).map((entry) => path.join(entry.parentPath, entry.name));
}

function isAdvisoryFile(entry: Dirent): boolean {
  return entry.isFile() && entry.name.endsWith(".json");
}

/** One entry after the other, so that a database of a gigabyte does not have to fit into memory. */
async function eachInZip(file: string, take: (name: string, text: string) => void): Promise<void> {
  const unzip = new Unzip((entry) => {
    if (!entry.name.endsWith(".json")) return;
    const chunks: Uint8Array[] = [];
    entry.ondata = (error, chunk, isLast) => {
      if (error !== null) throw new DatabaseError(`${file}: ${error.message}`);
      chunks.push(chunk);
      if (isLast) take(entry.name, Buffer.concat(chunks).toString("utf8"));
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  let isZip: boolean | undefined;
  for await (const chunk of createReadStream(file, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    isZip ??= chunk.subarray(0, 2).toString("latin1") === "PK";
    if (!isZip) throw new DatabaseError(`${file} is no zip`);
    unzip.push(chunk);
  }
  unzip.push(new Uint8Array(), true);
}
