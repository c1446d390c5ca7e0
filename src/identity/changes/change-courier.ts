// Hands changes to the record, wherever they were made: by this server, by another one of the same database, by a command.
import type { SystemEvent } from "../../core/record.ts";
import { changeEvent } from "./change-event.ts";
import type { ChangeLog } from "./change-log.ts";

/** Resolves once it is on record. */
export type Deliver = (event: SystemEvent) => Promise<void>;

const EVERY_MS = 500;

/** At least once: one that was handed over when the power went is handed over again, with the same `change`. */
export class ChangeCourier {
  readonly #log: ChangeLog;
  readonly #deliver: Deliver;
  readonly #failed: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(log: ChangeLog, deliver: Deliver, failed: (error: unknown) => void) {
    this.#log = log;
    this.#deliver = deliver;
    this.#failed = failed;
    this.#next();
  }

  /** What is there by now is handed over before it resolves. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#round;
    await this.#carry();
  }

  #next(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#round = this.#carry().then(() => this.#next());
    }, EVERY_MS);
  }

  async #carry(): Promise<void> {
    const told: string[] = [];
    try {
      for (const change of await this.#log.take()) {
        await this.#deliver(changeEvent(change));
        told.push(change.id);
      }
    } catch (error) {
      this.#failed(error);
    }
    await this.#log.recorded(told).catch(this.#failed);
  }
}
