// Makes checkpoints while events are recorded: after so many, and after so long, also when nothing happens.
import type { Clock } from "../../core/clock.ts";
import type { SystemEvent } from "../../core/record.ts";
import type { NoteSigner } from "../../cryptography/signed-note.ts";
import { codeOf } from "../fault-fields.ts";
import type { SpoolFiles } from "../spool/files.ts";
import { signCheckpoint } from "./checkpoint.ts";

/** Where checkpoints go. A place of their own is best: who can change the record should not be able to change them. */
export interface CheckpointSink {
  /** One signed note. Rejects where it could not be kept. */
  write(note: string): Promise<void>;
}

/** The end of the chain, as far as it is durable. */
export interface ChainHead {
  readonly count: number;
  readonly hash: string;
}

export interface CheckpointerOptions {
  readonly signer: NoteSigner;
  readonly sinks: readonly CheckpointSink[];
  readonly head: () => ChainHead;
  readonly clock: Clock;
  readonly everyMs: number;
  readonly everyRecords: number;
  readonly say: (event: SystemEvent) => void;
}

export class Checkpointer {
  readonly #options: CheckpointerOptions;
  readonly #timer: NodeJS.Timeout;
  #lastCount: number;
  #writing: Promise<void> = Promise.resolve();
  #isFailing = false;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#lastCount = options.head().count;
    this.#timer = setInterval(() => void this.write(), options.everyMs);
    this.#timer.unref();
  }

  /** More is durable. */
  committed(): void {
    if (this.#options.head().count - this.#lastCount >= this.#options.everyRecords) void this.write();
  }

  /** One after the other: their counts only grow. */
  write(): Promise<void> {
    const { count, hash } = this.#options.head();
    this.#lastCount = count;
    this.#writing = this.#writing.then(() => this.#write(count, hash));
    return this.#writing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.write();
  }

  async #write(count: number, hash: string): Promise<void> {
    const { signer, sinks, clock, say } = this.#options;
    const note = signCheckpoint({ count, hash, time: new Date(clock.nowMs()).toISOString() }, signer);
    try {
      await Promise.all(sinks.map((sink) => sink.write(note)));
      this.#isFailing = false;
    } catch (error) {
      // The next one covers what this one would have.
      if (!this.#isFailing) say(failedEvent(codeOf(error) ?? "unknown"));
      this.#isFailing = true;
    }
  }
}

function failedEvent(code: string): SystemEvent {
  return {
    action: "monitoring.checkpoint-failed",
    level: "error",
    message: `Checkpoints cannot be written (${code}): what is recorded now is chained, and not signed.`,
    data: { code },
  };
}

/** A file that only grows. Each note is durable before the next. */
export function checkpointFile(files: SpoolFiles, name: string): CheckpointSink {
  return {
    async write(note) {
      const bytes = Buffer.from(`${note}\n`);
      const file = await files.open(name, "write");
      try {
        let at = file.size;
        for (let offset = 0; offset < bytes.length;) {
          const written = await file.write(bytes, offset, at);
          offset += written;
          at += written;
        }
        await file.sync();
        if (file.size === 0) await files.syncFolder();
      } finally {
        await file.close();
      }
    },
  };
}
