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
  #writing: Promise<void> | undefined;

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
    this.#writing ??= this.#write()
      .catch(() => undefined)
      .finally(() => (this.#writing = undefined));
  }

  async #write(): Promise<void> {
    this.#file ??= await this.#files.open(FILE, "write");
    for (let written = -1; written !== this.#latest;) {
      written = this.#latest;
      const digits = String(written).padStart(DIGITS, "0");
      await this.#file.write(Buffer.from(`${digits} ${digits}\n`), 0, 0);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file?.close().catch(() => undefined);
    this.#file = undefined;
  }
}
