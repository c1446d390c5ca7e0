// Keeps the spool's state on its disk: soon after it changed, and not at every change.
import type { SpoolFiles } from "./files.ts";
import { RefusedCount } from "./refused-count.ts";
import { type SpoolState, STATE_FILE, stateText } from "./state-file.ts";

const EVERY_MS = 1_000;
/** A refusal is kept as soon as an event would be written, also where power is lost. */
const REFUSED_MS = 10;

export class StateKeeper {
  readonly state: SpoolState;
  readonly #files: SpoolFiles;
  readonly #refused: RefusedCount;
  #saving: Promise<void> = Promise.resolve();
  /** Waits for the one that is under way, and will keep whatever changed until then. */
  #next: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #failed = false;
  #closed = false;
  #atRisk = 0;

  constructor(state: SpoolState, files: SpoolFiles) {
    this.state = state;
    this.#files = files;
    this.#refused = new RefusedCount(files);
  }

  /** At a start: what another state left there is none of this one. */
  async begin(): Promise<void> {
    await this.#refused.begin(this.state.refused);
    await this.save();
  }

  refused(count = 1): void {
    this.state.refused += count;
    this.#refused.note(this.state.refused + this.#atRisk);
    this.saveSoon(REFUSED_MS);
  }

  /** At the end, of those that were at risk. */
  givenUp(count: number): void {
    this.#atRisk = 0;
    this.refused(count);
  }

  /** So many events are in memory alone while the disk takes nothing: should the process end now, they count as refused. */
  atRisk(count: number): void {
    if (count === this.#atRisk) return;
    this.#atRisk = count;
    this.#refused.note(this.state.refused + count);
  }

  /** Should every segment be gone one day, positions and chain go on from here all the same. */
  noteNext(next: number, previous: string): void {
    if (next <= this.state.next) return;
    this.state.next = next;
    this.state.previous = previous;
    this.saveSoon(0);
  }

  /** A disk that takes nothing now is asked again, and not at every change: the log tells of it. */
  saveSoon(afterMs = EVERY_MS): void {
    const waitMs = this.#failed ? EVERY_MS : afterMs;
    const dueMs = performance.now() + waitMs;
    if (this.#closed || this.#dueMs <= dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => {
      this.#dueMs = Number.POSITIVE_INFINITY;
      this.save().catch(() => this.saveSoon());
    }, waitMs);
    this.#timer.unref();
  }

  /** Resolves when what it is now is durable. */
  save(): Promise<void> {
    this.#next ??= this.#saving.then(() => this.#write());
    this.#saving = this.#next.catch(() => undefined);
    return this.#next;
  }

  async #write(): Promise<void> {
    this.#next = undefined;
    try {
      await this.#files.replace(STATE_FILE, stateText(this.state));
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.save().catch(() => undefined);
    await this.#refused.close();
  }
}
