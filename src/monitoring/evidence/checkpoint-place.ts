// A place that checkpoints go to, at its own pace: one that is slow or away holds up no other, and gets the newest when it is there again.
import type { SystemEvent } from "../../core/record.ts";
import { codeOf } from "../fault-fields.ts";

/** Where checkpoints go. A place of their own is best: who can change the record should not be able to change them. */
export interface CheckpointSink {
  /** For messages: `file`, `webhook`. */
  readonly name: string;
  /** One signed note. Rejects where it could not be kept; an error without `code` says why itself, without any secret. */
  write(note: string, signal: AbortSignal): Promise<void>;
  close?(): Promise<void>;
}

export class CheckpointPlace {
  readonly #sink: CheckpointSink;
  readonly #say: (event: SystemEvent) => void;
  readonly #ending = new AbortController();
  /** Came while another one was under way: it covers what that and all between would have. */
  #next: string | undefined;
  #writing: Promise<void> | undefined;
  #isFailing = false;

  constructor(sink: CheckpointSink, say: (event: SystemEvent) => void) {
    this.#sink = sink;
    this.#say = say;
  }

  /** Resolves when it, or a later one, was written or could not be. */
  write(note: string): Promise<void> {
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
    for (let note = this.#take(); note !== undefined; note = this.#take()) {
      try {
        await this.#sink.write(note, this.#ending.signal);
        if (this.#isFailing) this.#say(writtenEvent(this.#sink.name));
        this.#isFailing = false;
      } catch (error) {
        // The next one covers what this one would have.
        if (!this.#isFailing) this.#say(failedEvent(this.#sink.name, codeOf(error) ?? (error as Error).message));
        this.#isFailing = true;
      }
    }
  }

  #take(): string | undefined {
    const note = this.#next;
    this.#next = undefined;
    return note;
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
