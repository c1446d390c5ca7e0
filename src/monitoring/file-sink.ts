// A sink that appends JSON lines to a file: private, rotated by size and time, surviving a full disk and a restart.
import { type Clock, systemClock } from "../core/clock.ts";
import { Batch, type BatchOptions } from "./batch.ts";
import type { Level } from "./classification.ts";
import type { Rotation } from "./file-rotation.ts";
import { RotatedFile } from "./rotated-file.ts";
import type { Sink, SinkListener } from "./sink.ts";

export interface FileSinkOptions {
  readonly path: string;
  /** By default: by 100 MiB, 10 kept, not packed. `false`: somebody else rotates and calls `reopen()`. */
  readonly rotation?: Rotation | false;
  readonly level?: Level;
  readonly clock?: Clock;
  /** For tests and unusual disks. */
  readonly batch?: Omit<BatchOptions, "append">;
}

/** Appends events to a file. Throws at once where the file cannot be opened, and only then. */
export function fileSink(options: FileSinkOptions): Sink {
  return new FileSink(options);
}

class FileSink implements Sink {
  readonly name = "file";
  readonly level: Level;
  readonly #file: RotatedFile;
  readonly #batch: Batch;
  #listener: SinkListener | undefined;

  constructor(options: FileSinkOptions) {
    const { path, rotation = {}, clock = systemClock } = options;
    this.level = options.level ?? "info";
    this.#file = new RotatedFile({
      path,
      rotation: rotation === false ? undefined : rotation,
      clock,
      unrotated: (code) => this.#listener?.unrotated(code),
    });
    this.#batch = new Batch({ ...options.batch, append: (chunk, offset) => this.#file.append(chunk, offset) });
  }

  connect(listener: SinkListener): void {
    this.#listener = listener;
    this.#batch.connect(listener);
  }

  write(line: string): boolean {
    return this.#batch.write(line);
  }

  writeBytes(bytes: Buffer, length: number): boolean {
    return this.#batch.writeBytes(bytes, length);
  }

  flush(): Promise<void> {
    return this.#batch.flush();
  }

  /**
   * Opens the path anew: before the next write, or now where nothing is being written. Rejects where that cannot be
   * done; events then go on to the file that is open.
   */
  async reopen(): Promise<void> {
    const asked = this.#file.askReopen();
    const flushed = this.#batch.flush().then(() => {
      // A line is never torn: the descriptor changes only between writes.
      if (this.#batch.idle) this.#file.reopenAsked();
    });
    await Promise.all([asked, flushed]);
  }

  async close(): Promise<void> {
    await this.#batch.close();
    await this.#file.close(this.#batch.idle);
  }
}
