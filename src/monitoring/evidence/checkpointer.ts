// Makes checkpoints while events are recorded: after so many, and after so long, also when nothing happens.
import type { Clock } from "../../core/clock.ts";
import type { SystemEvent } from "../../core/record.ts";
import type { NoteSigner } from "../../cryptography/signed-note.ts";
import type { SpoolFile, SpoolFiles } from "../spool/files.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { CheckpointPlace, type CheckpointSink, type Written } from "./checkpoint-place.ts";

/** For the last one, where a place does not answer. */
const CLOSE_MS = 2_000;

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
  /** Told what stands, durably, where it can be read again. */
  readonly written?: (written: Written) => Promise<void>;
}

export class Checkpointer {
  readonly #options: CheckpointerOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #places: readonly CheckpointPlace[];
  #lastCount: number;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#places = options.sinks.map((sink) => new CheckpointPlace(sink, options.say, options.written));
    this.#lastCount = options.head().count;
    this.#timer = setInterval(() => void this.write(), options.everyMs);
    this.#timer.unref();
  }

  /** More is durable. */
  committed(): void {
    if (this.#options.head().count - this.#lastCount >= this.#options.everyRecords) void this.write();
  }

  /** Of one place one after the other: their counts only grow. */
  async write(): Promise<void> {
    const { head, signer, clock } = this.#options;
    const { count, hash } = head();
    this.#lastCount = count;
    const signed = { count, hash, time: new Date(clock.nowMs()).toISOString() };
    const note = signCheckpoint(signed, signer);
    await Promise.all(this.#places.map((place) => place.write({ ...signed, note })));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    void this.write();
    await Promise.all(this.#places.map((place) => place.close(CLOSE_MS)));
  }
}

/**
 * A file that only grows. Each note is durable before the next. `place`: its full path. What a full disk or a kill leaves
 * of one is cut off where that can be done, and closed before the next where storage only takes more.
 */
export function checkpointFile(files: SpoolFiles, name: string, place: string): CheckpointSink {
  return {
    name: "file",
    place,
    async write(note) {
      const file = await files.open(name, "write");
      try {
        const bytes = Buffer.from(`${await closing(file)}${note}\n`);
        let at = file.size;
        for (let offset = 0; offset < bytes.length;) {
          const written = await file.write(bytes, offset, at);
          offset += written;
          at += written;
        }
        await file.sync();
        if (file.size === 0) await files.syncFolder();
      } catch (error) {
        await file.truncate(file.size).catch(() => undefined);
        throw error;
      } finally {
        await file.close();
      }
    },
  };
}

/** What makes the next note begin as one. */
async function closing(file: SpoolFile): Promise<string> {
  const end = Buffer.alloc(Math.min(2, file.size));
  await file.read(end, file.size - end.length);
  const text = end.toString("latin1");
  if (file.size === 0 || text === "\n\n") return "";
  return text.endsWith("\n") ? "\n" : "\n\n";
}
