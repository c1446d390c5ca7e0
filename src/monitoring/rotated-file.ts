// A file that is appended to: private, rotated by size and time, opened anew when it was moved, going on after a full disk.
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from "node:fs";
import { close as closeFile, fdatasync, write as writeFile } from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Clock } from "../core/clock.ts";
import { codeOf } from "./fault-fields.ts";
import {
  FILE_MODE,
  type MayPack,
  type MayRemove,
  moveAside,
  type Rotation,
  ROTATION_BYTES_MAX,
  tidy,
} from "./file-rotation.ts";

const FOLDER_MODE = 0o750;
/**
 * Readable as well, to see whether the last line is whole. The mode counts for new files only. No link: whoever can write
 * the folder could have events added to any file of ours. Nor is a pipe waited for.
 */
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const LINE_BREAK = 0x0a;
/** Where the end of the last line is looked for first: an event has a KB or two. */
const TORN_BYTES = 16 * 1024;
/** A file without any line is none of ours. */
const TORN_BYTES_MAX = 16 * 1024 * 1024;
const ROTATION_RETRY_MS = 60_000;

const closeDescriptor = promisify(closeFile);
const syncDescriptor = promisify(fdatasync);

export interface RotatedFileOptions {
  readonly path: string;
  /** Undefined: somebody else rotates and calls for `reopenAsked`. */
  readonly rotation: Rotation | undefined;
  readonly clock: Clock;
  /** The file could not be rotated, and grows. */
  readonly unrotated: (code: string) => void;
  /** The file was moved aside, to that name. */
  readonly rotated?: (name: string) => void;
  /** Asked before rotated files are removed; all may be where it is left out. */
  readonly mayRemove?: MayRemove;
  /** The same before they are packed. */
  readonly mayPack?: MayPack;
}

/** Throws at once where the file cannot be opened, and only then. */
export class RotatedFile {
  readonly path: string;
  /** Whatever the path goes through, it is rotated in the folder that it leads to. */
  readonly place: string;
  readonly #rotation: Rotation | undefined;
  readonly #clock: Clock;
  readonly #unrotated: (code: string) => void;
  readonly #rotated: ((name: string) => void) | undefined;
  readonly #options: RotatedFileOptions;
  #descriptor = -1;
  #bytes = 0;
  #isTorn = false;
  /** The last write failed: somebody may make room by emptying, moving or removing the file. */
  #hasFailed = false;
  /** Wall-clock time from which the next file is due. */
  #rotateAtMs = Number.POSITIVE_INFINITY;
  #reopening: PromiseWithResolvers<void>[] = [];
  #rotationPausedUntilMs = 0;
  #tidying: Promise<void> = Promise.resolve();

  constructor(options: RotatedFileOptions) {
    this.path = options.path;
    this.#rotation = options.rotation;
    this.#clock = options.clock;
    this.#unrotated = options.unrotated;
    this.#rotated = options.rotated;
    this.#options = options;
    mkdirSync(dirname(this.path), { recursive: true, mode: FOLDER_MODE });
    this.#open();
    this.place = join(realpathSync(dirname(this.path)), basename(this.path));
    this.tidy();
  }

  /** Asks for the path to be opened anew before the next write. Rejects where that cannot be done; the old file goes on. */
  askReopen(): Promise<void> {
    const asked = Promise.withResolvers<void>();
    this.#reopening.push(asked);
    return asked.promise;
  }

  async close(isIdle: boolean): Promise<void> {
    await this.#tidying;
    if (this.#descriptor >= 0 && isIdle) await closeDescriptor(this.#descriptor).catch(() => undefined);
    this.#descriptor = -1;
  }

  /** Resolves when what was written survives the loss of power. */
  sync(): Promise<void> {
    return syncDescriptor(this.#descriptor);
  }

  /** The last bytes of the file. */
  tail(bytesMax: number): Buffer {
    const { size } = fstatSync(this.#descriptor);
    const bytes = Buffer.allocUnsafe(Math.min(size, bytesMax));
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(this.#descriptor, bytes, length, bytes.length - length, size - bytes.length + length);
      if (read === 0) break;
      length += read;
    }
    return bytes.subarray(0, length);
  }

  /** Cuts off what follows the last line break: for whoever writes that line again. */
  cutTorn(): void {
    const { size } = fstatSync(this.#descriptor);
    for (let bytesMax = TORN_BYTES; ; bytesMax *= 4) {
      const tail = this.tail(bytesMax);
      const end = tail.lastIndexOf(LINE_BREAK) + 1;
      if (end === 0 && bytesMax >= TORN_BYTES_MAX)
        throw Object.assign(new Error("no line ends in it"), { code: "EFBIG" });
      if (end === 0 && tail.length < size) continue;
      const whole = size - tail.length + end;
      if (whole < size) ftruncateSync(this.#descriptor, whole);
      this.#bytes = whole;
      this.#isTorn = false;
      return;
    }
  }

  /** Writes whole lines from `offset`: how many bytes it took; fewer than none are to be handed again. */
  async append(chunk: Uint8Array, offset: number): Promise<number> {
    if (offset === 0) {
      this.reopenAsked();
      if (this.#isDue(chunk.length)) await this.#rotate();
    }
    // In another file the line that was half written begins anew.
    const from = this.#hasFailed && this.#isAnother() ? chunk.lastIndexOf(LINE_BREAK, offset - 1) + 1 : offset;
    if (this.#isTorn) {
      await this.#writeTo(Buffer.of(LINE_BREAK), 0);
      this.#isTorn = false;
    }
    return from - offset + (await this.#writeTo(chunk, from));
  }

  /** After a failure: somebody may have put another file there, or the true one back. */
  lookAgain(): void {
    try {
      this.#isAnother();
    } catch {
      // Then the next attempt says why.
    }
  }

  /** Whether what was written last is no longer in the file; opens the path anew where another file, or none, is there. */
  #isAnother(): boolean {
    const open = fstatSync(this.#descriptor);
    const there = statSync(this.path, { throwIfNoEntry: false });
    if (there === undefined || there.ino !== open.ino || there.dev !== open.dev) {
      // The space of a removed file is free only once nobody holds it open.
      this.#reopenNow();
      return true;
    }
    if (open.size >= this.#bytes) return false;
    this.#bytes = open.size;
    return true;
  }

  #writeTo(chunk: Uint8Array, offset: number): Promise<number> {
    return new Promise((resolve, reject) => {
      writeFile(this.#descriptor, chunk, offset, chunk.length - offset, null, (error, bytes) => {
        this.#hasFailed = error !== null;
        if (error !== null) return reject(error);
        this.#bytes += bytes;
        resolve(bytes);
      });
    });
  }

  /** Opens the file for appending, and sees which period it belongs to and whether a killed process tore its last line. */
  #open(): void {
    const descriptor = openSync(this.path, FLAGS, FILE_MODE);
    try {
      const found = fstatSync(descriptor);
      if (!found.isFile()) throw new Error(`${this.path} is not a regular file: events cannot be appended to it.`);
      this.#bytes = found.size;
      this.#rotateAtMs = this.#endOfPeriod(found.size === 0 ? this.#clock.nowMs() : found.mtimeMs);
      this.#isTorn = found.size > 0 && lastByte(descriptor, found.size) !== LINE_BREAK;
      this.#descriptor = descriptor;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  #endOfPeriod(timeMs: number): number {
    const everyMs = this.#rotation?.everyMs;
    return everyMs === undefined ? Number.POSITIVE_INFINITY : (Math.floor(timeMs / everyMs) + 1) * everyMs;
  }

  #isDue(bytes: number): boolean {
    if (this.#rotation === undefined || this.#bytes === 0) return false;
    const nowMs = this.#clock.nowMs();
    const isFull = this.#bytes + bytes > (this.#rotation.bytesMax ?? ROTATION_BYTES_MAX);
    return (isFull || nowMs >= this.#rotateAtMs) && nowMs >= this.#rotationPausedUntilMs;
  }

  async #rotate(): Promise<void> {
    const nowMs = this.#clock.nowMs();
    try {
      const name = await moveAside(this.path, nowMs).catch((error: unknown) => {
        // Somebody else removed it: there is nothing to move.
        if (codeOf(error) !== "ENOENT") throw error;
      });
      if (name !== undefined) this.#rotated?.(name);
      this.#reopenNow();
      this.tidy();
    } catch (error) {
      // A file that grows too large is better than events that are lost.
      this.#rotationPausedUntilMs = nowMs + ROTATION_RETRY_MS;
      this.#unrotated(codeOf(error) ?? "unknown");
    }
  }

  #reopenNow(): void {
    const old = this.#descriptor;
    this.#open();
    if (old >= 0) closeSync(old);
    for (const asked of this.#reopening.splice(0)) asked.resolve();
  }

  /** Opens the path anew where that was asked for: between two writes only. */
  reopenAsked(): void {
    if (this.#reopening.length === 0) return;
    try {
      this.#reopenNow();
    } catch (error) {
      for (const asked of this.#reopening.splice(0)) asked.reject(error);
    }
  }

  /** Removes and packs rotated files, one after the other. */
  tidy(): void {
    if (this.#rotation === undefined) return;
    const { mayRemove, mayPack } = this.#options;
    const how = { rotation: this.#rotation, mayRemove, mayPack };
    // What could not be packed or removed now is tried again at the next rotation.
    this.#tidying = this.#tidying.then(() => tidy(this.path, how)).catch(() => undefined);
  }
}

function lastByte(descriptor: number, size: number): number {
  const byte = Buffer.alloc(1);
  readSync(descriptor, byte, 0, 1, size - 1);
  return byte[0] as number;
}
