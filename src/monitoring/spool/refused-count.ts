// How many events the spool refused, written as it grows and not synced: what the system has, a kill takes from nobody, and no disk is waited for.
import type { SpoolFile, SpoolFiles } from "./files.ts";

const FILE = "refused";
const DIGITS = 16;
/** Twice, so that half a write is none. */
const WRITTEN = /^(\d{16}) \1\n$/;
/** A flood is written now and then. */
const EVERY_MS = 1;

/** 0 where nobody wrote one, or it is broken: the state has what it was a moment before. */
export async function readRefused(files: SpoolFiles): Promise<number> {
  const text = (await files.readAll(FILE).catch(() => undefined))?.toString("latin1") ?? "";
  const count = Number(WRITTEN.exec(text)?.[1] ?? 0);
  return Number.isSafeInteger(count) ? count : 0;
}

export class RefusedCount {
  readonly #files: SpoolFiles;
  #file: SpoolFile | undefined;
  #latest = 0;
  #written = -1;
  #writing: Promise<void> | undefined;
  #resting: NodeJS.Timeout | undefined;

  constructor(files: SpoolFiles) {
    this.#files = files;
  }

  async begin(count: number): Promise<void> {
    this.note(count);
    await this.#writing;
  }

  /** Never throws: where it cannot be written, the state says it later. */
  note(count: number): void {
    this.#latest = count;
    if (this.#writing !== undefined || this.#resting !== undefined) return;
    this.#writing = this.#write()
      .catch(() => undefined)
      .finally(() => {
        this.#writing = undefined;
        this.#resting = setTimeout(() => this.#goOn(), EVERY_MS);
      });
  }

  #goOn(): void {
    this.#resting = undefined;
    if (this.#written !== this.#latest) this.note(this.#latest);
  }

  async #write(): Promise<void> {
    const count = this.#latest;
    // Tried once, whatever becomes of it: the next refusal tries again.
    this.#written = count;
    this.#file ??= await this.#files.open(FILE, "write");
    const digits = String(count).padStart(DIGITS, "0");
    await this.#file.write(Buffer.from(`${digits} ${digits}\n`), 0, 0);
  }

  async close(): Promise<void> {
    await this.#writing;
    clearTimeout(this.#resting);
    if (this.#written !== this.#latest) await this.#write().catch(() => undefined);
    await this.#file?.close().catch(() => undefined);
    this.#file = undefined;
  }
}
