// Tells of dead letters: the first at once, then once a minute. A destination that refuses everything refuses that event too, and each would make the next.
import type { SystemEvent } from "../../core/record.ts";
import { deadEvent } from "./words.ts";

const EVERY_MS = 60_000;

export class DeadNotice {
  readonly #sink: string;
  readonly #say: (event: SystemEvent) => void;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;
  #untold: { count: number; readonly id: string; readonly reason: string } | undefined;

  constructor(sink: string, say: (event: SystemEvent) => void, everyMs: number = EVERY_MS) {
    this.#sink = sink;
    this.#say = say;
    this.#everyMs = everyMs;
  }

  take(count: number, id: string, reason: string): void {
    if (this.#timer !== undefined) {
      this.#untold = { count: count + (this.#untold?.count ?? 0), id, reason };
      return;
    }
    this.#say(deadEvent(this.#sink, count, id, reason));
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#tellRest();
    }, this.#everyMs).unref();
  }

  /** What was not told yet is told now. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tellRest();
  }

  #tellRest(): void {
    const rest = this.#untold;
    this.#untold = undefined;
    if (rest !== undefined) this.take(rest.count, rest.id, rest.reason);
  }
}
