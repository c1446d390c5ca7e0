// A place that checkpoints go to, at its own pace: one that is slow or away holds up no other, and gets the newest when it is there again.
import type { SystemEvent } from "../../core/record.ts";
import { codeOf } from "../fault-fields.ts";

/** Where checkpoints go. A place of their own is best: who can change the record should not be able to change them. */
export interface CheckpointSink {
  /** For messages: `file`, `webhook`. */
  readonly name: string;
  /** Where it can be read again: what stood there once must stand there still. */
  readonly place?: string;
  /** One signed note. Rejects where it could not be kept; an error without `code` says why itself, without any secret. */
  write(note: string, signal: AbortSignal): Promise<void>;
  close?(): Promise<void>;
}

export interface SignedNote {
  readonly note: string;
  /** How many events it vouches for, the hash of the last, and when it was made. */
  readonly count: number;
  readonly hash: string;
  readonly time: string;
}

/** A note that stands, durably, where it can be read again. */
export type Written = Omit<SignedNote, "note"> & { readonly place: string };

export class CheckpointPlace {
  readonly #sink: CheckpointSink;
  readonly #say: (event: SystemEvent) => void;
  readonly #written: ((written: Written) => Promise<void>) | undefined;
  readonly #ending = new AbortController();
  /** Came while another one was under way: it covers what that and all between would have. */
  #next: SignedNote | undefined;
  #writing: Promise<void> | undefined;
  #isFailing = false;

  /** `written` is told what stands, durably, where it can be read again. */
  constructor(sink: CheckpointSink, say: (event: SystemEvent) => void, written?: (written: Written) => Promise<void>) {
    this.#sink = sink;
    this.#say = say;
    this.#written = written;
  }

  /** Resolves when it, or a later one, was written or could not be. */
  write(note: SignedNote): Promise<void> {
    this.#next = note;
    this.#writing ??= this.#run().finally(() => (this.#writing = undefined));
    return this.#writing;
  }

  /** What is under way may take so long. */
  async close(withinMs: number): Promise<void> {
    const late = setTimeout(() => this.#ending.abort(), withinMs);
    await this.#writing;
    clearTimeout(late);
    await this.#sink.close?.();
  }

  async #run(): Promise<void> {
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      try {
        const { note, ...signed } = next;
        await this.#sink.write(note, this.#ending.signal);
        if (this.#isFailing) this.#say(writtenEvent(this.#sink.name));
        this.#isFailing = false;
        const { place } = this.#sink;
        if (place !== undefined) await this.#written?.({ ...signed, place });
      } catch (error) {
        // The next one covers what this one would have.
        if (!this.#isFailing) this.#say(failedEvent(this.#sink.name, codeOf(error) ?? (error as Error).message));
        this.#isFailing = true;
      }
    }
  }

  #take(): SignedNote | undefined {
    const next = this.#next;
    this.#next = undefined;
    return next;
  }
}

function failedEvent(place: string, why: string): SystemEvent {
  return {
    action: "monitoring.checkpoint-failed",
    level: "error",
    message: `Checkpoints cannot be written to the ${place} (${why}): what is recorded now is chained, and not signed there.`,
    data: { place, why },
  };
}

function writtenEvent(place: string): SystemEvent {
  return {
    action: "monitoring.checkpoint-written",
    level: "info",
    message: `Checkpoints are written to the ${place} again.`,
    data: { place },
  };
}
