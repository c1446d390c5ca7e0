// A destination for tests: it takes what a script says, remembers what it took, and can be waited for.
import type { Level } from "../../../src/monitoring/index.ts";
import type {
  Delivery,
  Destination,
  RecordOutcome,
  SpooledRecord,
} from "../../../src/monitoring/delivery/destination.ts";

/** What becomes of one batch. `hang` never answers until it is aborted. */
export type Answer = (records: readonly SpooledRecord[]) => Delivery | "hang";

const deliverAll: Answer = (records) => answered(records.map(() => "delivered"));

export const away: Answer = () => ({ kind: "unavailable", reason: "refused" });

export function answered(outcomes: readonly RecordOutcome[], retryAfterMs?: number): Delivery {
  return { kind: "answered", outcomes, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

export class ScriptedDestination implements Destination {
  readonly name: string;
  readonly level?: Level;
  readonly recordsMax: number;
  readonly bytesMax: number;
  readonly assurance = "at-least-once";
  /** Answers for the next batches, in order; after them, `always`. */
  readonly script: Answer[] = [];
  always: Answer = deliverAll;
  /** Every batch that came, whatever became of it. */
  readonly batches: SpooledRecord[][] = [];
  /** What was taken, in the order in which it was. */
  readonly taken: SpooledRecord[] = [];
  isClosed = false;
  #under = 0;
  #waiting: (() => void)[] = [];

  constructor(options: { name?: string; level?: Level; recordsMax?: number; bytesMax?: number } = {}) {
    this.name = options.name ?? "scripted";
    if (options.level !== undefined) this.level = options.level;
    this.recordsMax = options.recordsMax ?? 100;
    this.bytesMax = options.bytesMax ?? 1_048_576;
  }

  async deliver(records: readonly SpooledRecord[], signal: AbortSignal): Promise<Delivery> {
    this.#under += 1;
    if (this.#under > 1) throw new Error("two batches at once");
    try {
      // What it gets is good for this call only.
      const kept = records.map((record) => ({ ...record, json: Buffer.from(record.json) }));
      this.batches.push(kept);
      const answer = (this.script.shift() ?? this.always)(kept);
      if (answer === "hang") {
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
        return { kind: "unavailable", reason: "it did not answer" };
      }
      if (answer.kind === "answered") {
        this.taken.push(...kept.filter((_, i) => answer.outcomes[i] === "delivered"));
      }
      return answer;
    } finally {
      this.#under -= 1;
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  /** Resolves when what it saw is as wanted. */
  async until(isWanted: () => boolean): Promise<void> {
    while (!isWanted()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  positions(): number[] {
    return this.taken.map(({ position }) => position);
  }
}
