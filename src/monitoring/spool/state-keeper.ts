// Keeps the spool's state on its disk: soon after it changed, and not at every change.
import type { SpoolFiles } from "./files.ts";
import { type SpoolState, STATE_FILE, stateText } from "./state-file.ts";

const EVERY_MS = 1_000;

export class StateKeeper {
  readonly state: SpoolState;
  readonly #files: SpoolFiles;
  #saving: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(state: SpoolState, files: SpoolFiles) {
    this.state = state;
    this.#files = files;
  }

  /** A disk that takes nothing now is asked again: the log tells of it. */
  saveSoon(afterMs = EVERY_MS): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.save().catch(() => this.saveSoon());
    }, afterMs);
    this.#timer.unref();
  }

  /** Resolves when what it is now is durable. */
  save(): Promise<void> {
    const saved = this.#saving.then(() => this.#files.replace(STATE_FILE, stateText(this.state)));
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.save().catch(() => undefined);
  }
}
