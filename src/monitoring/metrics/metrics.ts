// Everything that is measured in one process, in one place, shown as text when somebody asks.
import type { Exchange } from "../../core/exchange.ts";
import type { SystemEvent } from "../../core/record.ts";
import { CounterFamily } from "./counter.ts";
import { ExchangeMetrics } from "./exchange-metrics.ts";
import { CONTENT_TYPES, exposition, formatFor } from "./exposition.ts";
import type { Family } from "./family.ts";
import { processMetrics } from "./process-metrics.ts";

export interface ShownMetrics {
  readonly contentType: string;
  readonly text: string;
}

/** One for each recorder; it outlives policies as that does. */
export class Metrics {
  readonly #exchanges = new ExchangeMetrics();
  readonly #system = new CounterFamily("portcullis_system_events", "Events of the product itself.", ["code", "level"]);
  readonly #process = processMetrics();
  readonly #added: Family[] = [];

  #faults = 0;

  /** What could not be measured: a bug. */
  get faults(): number {
    return this.#faults;
  }

  /** Called by the recorder for each exchange that has ended. Never throws: a number that is missing must not cost the exchange. */
  exchange(exchange: Exchange, endedMs: number): void {
    try {
      this.#exchanges.exchange(exchange, endedMs);
    } catch {
      this.#faults += 1;
    }
  }

  /** The same for events of the product itself. */
  system({ action, level }: SystemEvent): void {
    try {
      this.#system.of(action, level).add();
    } catch {
      this.#faults += 1;
    }
  }

  /** What others know: read only when somebody looks. */
  add(...families: readonly Family[]): void {
    this.#added.push(...families);
  }

  readonly families = (): readonly Family[] => [
    ...this.#exchanges.families,
    this.#system.family,
    ...this.#added,
    ...this.#process.families,
  ];

  /** What the reader's `Accept` asks for. */
  show(accept: string | undefined): ShownMetrics {
    const format = formatFor(accept);
    return { contentType: CONTENT_TYPES[format], text: exposition(this.families(), format) };
  }

  close(): void {
    this.#process.close();
  }
}
