// Room that is kept on the disk for the moment in which it is full: what was answered by then is recorded still, and the books are kept.
import { randomFillSync } from "node:crypto";
import { codeOf } from "../fault-fields.ts";
import type { SpoolFile, SpoolFiles } from "./files.ts";
import { isNoRoom } from "./room.ts";

const FILE = "spare";
const BYTES_MAX = 512 * 1024;
/** As a part of the spool. */
const PART = 16;
/** What is left of it at first, as a part: for the next start, which writes before anything is delivered. */
const LAST_PART = 4;
const EVERY_MS = 1_000;

/** Several times what comes until requests are refused. */
export function spareSize(bytesMax: number): number {
  return Math.min(BYTES_MAX, Math.floor(bytesMax / PART));
}

export interface SpareListener {
  /** It was given up, or is there again. */
  readonly changed: () => void;
  /** Removes something else, where that may be. */
  readonly makeRoom: () => Promise<unknown>;
}

export class SpareRoom {
  /** Writes what finds no room into that of the spare. */
  readonly files: SpoolFiles;
  readonly #files: SpoolFiles;
  readonly #bytes: number;
  readonly #lastBytes: number;
  readonly #everyMs: number;
  /** What stands on the disk of it. */
  #size = 0;
  /** Something else than room is wanting: then there is none, and nobody is refused for that. */
  #isUnusable = false;
  #given = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #listener: SpareListener | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  private constructor(files: SpoolFiles, bytes: number, everyMs: number) {
    this.#files = files;
    this.#bytes = bytes;
    this.#lastBytes = Math.floor(bytes / LAST_PART);
    this.#everyMs = everyMs;
    this.files = bytes === 0 ? files : this.#sparing(files);
  }

  /** Of no bytes it does nothing. Never rejects: a folder that cannot be written to is for others to tell of. */
  static async on(files: SpoolFiles, bytes: number, everyMs = EVERY_MS): Promise<SpareRoom> {
    const room = new SpareRoom(files, bytes, everyMs);
    if (bytes > 0) await room.#restore();
    return room;
  }

  /** The disk was full, and is: nothing more must happen that has to be recorded. */
  get isSpent(): boolean {
    return !this.#isUnusable && this.#size < this.#bytes;
  }

  watch(listener: SpareListener): void {
    this.#listener = listener;
    if (this.isSpent) this.#tryLater();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#turn;
  }

  #tryLater(afterMs = this.#everyMs): void {
    if (this.#closed || this.#listener === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#tryAgain(), afterMs).unref();
  }

  async #tryAgain(): Promise<void> {
    if (!(await this.#restore())) await this.#listener?.makeRoom();
    if (this.isSpent && !(await this.#restore())) return this.#tryLater();
    this.#listener?.changed();
  }

  /** One after the other: what is being put back is not given up at the same time. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Whether all of it is there. */
  #restore(): Promise<boolean> {
    return this.#inTurn(async () => {
      if (this.#closed) return false;
      const file = await this.#files.open(FILE, "write").catch((error: unknown) => this.#judge(error));
      if (file === undefined) return false;
      let end = Math.min(file.size, this.#bytes);
      try {
        if (end < this.#bytes) {
          // Not zeros: some disks keep no room for those.
          const bytes = randomFillSync(Buffer.alloc(this.#bytes));
          while (end < bytes.length) end += await file.write(bytes, end, end);
          await file.sync();
        }
        this.#size = this.#bytes;
      } catch (error) {
        this.#judge(error);
        this.#size = Math.max(Math.min(file.size, this.#bytes), end >= this.#lastBytes ? this.#lastBytes : 0);
        await file.truncate(this.#size).catch(() => undefined);
      } finally {
        await file.close().catch(() => undefined);
      }
      return !this.isSpent;
    });
  }

  #judge(error: unknown): undefined {
    this.#isUnusable = !isNoRoom(codeOf(error) ?? "");
  }

  /** Gives up all but the last of it, then that. False where there is none, or none was needed meanwhile. */
  #give(seen: number): Promise<boolean> {
    return this.#inTurn(async () => {
      if (this.#given !== seen) return true;
      if (this.#size === 0) return false;
      const left = this.#size > this.#lastBytes ? this.#lastBytes : 0;
      try {
        const file = await this.#files.open(FILE, "write");
        try {
          await file.truncate(left);
        } finally {
          await file.close();
        }
      } catch {
        return false;
      }
      this.#size = left;
      this.#given += 1;
      this.#listener?.changed();
      this.#tryLater(0);
      return true;
    });
  }

  /** Again, as often as something was given up for it. */
  async #spared<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      const seen = this.#given;
      try {
        return await work();
      } catch (error) {
        if (!isNoRoom(codeOf(error) ?? "") || !(await this.#give(seen))) throw error;
      }
    }
  }

  #sparing(files: SpoolFiles): SpoolFiles {
    return {
      ...bound(files),
      open: async (name, access) => {
        if (access === "read") return files.open(name, access);
        return this.#sparingFile(await this.#spared(() => files.open(name, access)));
      },
      replace: (name, text) => this.#spared(() => files.replace(name, text)),
      rename: (from, to) => this.#spared(() => files.rename(from, to)),
    };
  }

  #sparingFile(file: SpoolFile): SpoolFile {
    return {
      size: file.size,
      write: (bytes, offset, position) => this.#spared(() => file.write(bytes, offset, position)),
      read: (into, position) => file.read(into, position),
      // What a failed sync was to keep is written anew by its owner, who needs the room for that.
      sync: async () => {
        const seen = this.#given;
        try {
          await file.sync();
        } catch (error) {
          if (isNoRoom(codeOf(error) ?? "")) await this.#give(seen);
          throw error;
        }
      },
      truncate: (size) => file.truncate(size),
      close: () => file.close(),
    };
  }
}

function bound(files: SpoolFiles): SpoolFiles {
  return {
    list: () => files.list(),
    open: (name, access) => files.open(name, access),
    readAll: (name) => files.readAll(name),
    replace: (name, text) => files.replace(name, text),
    rename: (from, to) => files.rename(from, to),
    remove: (name) => files.remove(name),
    syncFolder: () => files.syncFolder(),
  };
}
