// The port to the spool's folder, and the folder of a real disk: private, and durable where it says so.
import { close, constants, fdatasync, fstat, ftruncate, open as openFileDescriptor, read, write } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { codeOf } from "../fault-fields.ts";

/** A file that is written at its end and read anywhere. */
export interface SpoolFile {
  /** Bytes when it was opened. */
  readonly size: number;
  /** How many of the bytes from `offset` were written at `position`. */
  write(bytes: Uint8Array, offset: number, position: number): Promise<number>;
  /** How many bytes were read from `position`. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Resolves when what was written survives the loss of power. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** A folder without folders in it. Whatever fails rejects with the system's code. */
export interface SpoolFiles {
  list(): Promise<string[]>;
  /** Opens for reading, or for both; then it is made where it is not there. */
  open(name: string, access: "read" | "write"): Promise<SpoolFile>;
  /** All of it; undefined where it is not there. */
  readAll(name: string): Promise<Buffer | undefined>;
  /** Replaces it whole, durably: whoever reads it sees the old or the new. */
  replace(name: string, bytes: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Resolves when names that were made, changed or removed stay so. */
  syncFolder(): Promise<void>;
}

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const PARTIAL = ".partial";

/** Makes the folder where it is not there. */
export async function makeDiskFiles(folder: string): Promise<SpoolFiles> {
  await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  return diskFiles(folder);
}

/** The files of a folder that is there. */
export function diskFiles(folder: string): SpoolFiles {
  const at = (name: string) => join(folder, name);
  const files: SpoolFiles = {
    list: () => readdir(folder),
    open: (name, access) => openFile(at(name), access),
    readAll: (name) =>
      readFile(at(name)).catch((error: unknown) => {
        if (codeOf(error) === "ENOENT") return undefined;
        throw error;
      }),
    async replace(name, text) {
      const partial = at(name + PARTIAL);
      const file = await open(partial, "w", FILE_MODE);
      try {
        await file.writeFile(text);
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(partial, at(name));
      await files.syncFolder();
    },
    rename: (from, to) => rename(at(from), at(to)),
    remove: (name) => rm(at(name), { force: true }),
    async syncFolder() {
      const handle = await open(folder, "r");
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
  return files;
}

/** By bare descriptors: at a hundred writes a second, what is around them costs as much as they do. */
async function openFile(path: string, access: "read" | "write"): Promise<SpoolFile> {
  const flags = access === "read" ? constants.O_RDONLY : constants.O_RDWR | constants.O_CREAT;
  // The file of checkpoints may stand in a folder of others: nothing is added to what a link leads to.
  const descriptor = await openDescriptor(path, flags | constants.O_NOFOLLOW, FILE_MODE);
  try {
    const { size } = await statDescriptor(descriptor);
    return {
      size,
      write: (bytes, offset, position) =>
        new Promise((resolve, reject) => {
          write(descriptor, bytes, offset, bytes.length - offset, position, (error, written) =>
            error === null ? resolve(written) : reject(error),
          );
        }),
      read: (into, position) =>
        new Promise((resolve, reject) => {
          read(descriptor, into, 0, into.length, position, (error, length) =>
            error === null ? resolve(length) : reject(error),
          );
        }),
      sync: () => syncDescriptor(descriptor),
      truncate: (size) => truncateDescriptor(descriptor, size),
      close: () => closeDescriptor(descriptor),
    };
  } catch (error) {
    await closeDescriptor(descriptor);
    throw error;
  }
}

const openDescriptor = promisify(openFileDescriptor);
const statDescriptor = promisify(fstat);
const syncDescriptor = promisify(fdatasync);
const truncateDescriptor = promisify(ftruncate);
const closeDescriptor = promisify(close);
