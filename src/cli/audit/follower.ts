// Follows the file that is written now: what is added to it, and to the one that takes its place when it is rotated.
import { type FileHandle, open, stat } from "node:fs/promises";

const CHUNK_BYTES = 256 * 1024;
const LINE_BREAK = 0x0a;

export class Follower {
  readonly #path: string;
  #handle: FileHandle;
  #offset: number;
  #rest = Buffer.alloc(0);

  private constructor(path: string, handle: FileHandle, offset: number) {
    this.#path = path;
    this.#handle = handle;
    this.#offset = offset;
  }

  /** From the end that it has now. Rejects where it cannot be opened. */
  static async open(path: string): Promise<Follower> {
    const handle = await open(path, "r");
    const { size } = await handle.stat();
    return new Follower(path, handle, size);
  }

  /** Bytes that were there when it was opened: whole lines, where nothing is being written. */
  get begin(): number {
    return this.#offset;
  }

  /** What came since the last time, in whole lines. */
  async more(): Promise<string[]> {
    const lines = await this.#read();
    const there = await stat(this.#path).catch(() => undefined);
    const opened = await this.#handle.stat();
    const isAnother = there !== undefined && (there.ino !== opened.ino || there.dev !== opened.dev);
    if (!isAnother && opened.size >= this.#offset) return lines;
    // Moved away, or emptied: the old one was read to its end.
    await this.#handle.close();
    this.#handle = await open(this.#path, "r");
    this.#offset = 0;
    this.#rest = Buffer.alloc(0);
    return [...lines, ...(await this.#read())];
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #read(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const { bytesRead, buffer } = await this.#handle.read(
        Buffer.allocUnsafe(CHUNK_BYTES),
        0,
        CHUNK_BYTES,
        this.#offset,
      );
      if (bytesRead === 0) return lines;
      this.#offset += bytesRead;
      const bytes = Buffer.concat([this.#rest, buffer.subarray(0, bytesRead)]);
      const end = bytes.lastIndexOf(LINE_BREAK) + 1;
      this.#rest = bytes.subarray(end);
      if (end > 0) lines.push(...bytes.toString("utf8", 0, end - 1).split("\n"));
    }
  }
}
