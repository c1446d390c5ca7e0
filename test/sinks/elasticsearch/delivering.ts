// A destination to a stand-in, with records and a clock of its own.
import type { Clock } from "../../../src/core/clock.ts";
import type { Delivery, Destination, SpooledRecord } from "../../../src/monitoring/index.ts";
import { elasticsearchDestination } from "../../../src/sinks/elasticsearch/destination.ts";
import type { ElasticsearchOptions } from "../../../src/sinks/elasticsearch/options.ts";
import { STREAM } from "./stand-in.ts";

export const NOW_MS = Date.UTC(2026, 10, 26, 8, 0, 0);

/** Stands still until it is moved. */
export class HandClock implements Clock {
  #ms = 0;

  nowMs(): number {
    return NOW_MS + this.#ms;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  pass(ms: number): void {
    this.#ms += ms;
  }
}

export function optionsFor(
  urls: string | readonly string[],
  more: Partial<ElasticsearchOptions> = {},
): ElasticsearchOptions {
  return {
    urls: typeof urls === "string" ? [urls] : urls,
    dataStream: STREAM,
    authorization: undefined,
    ca: undefined,
    gzip: true,
    connectTimeoutMs: 5_000,
    answerTimeoutMs: 20_000,
    timeoutMs: 30_000,
    recordsMax: 1_000,
    bytesMax: 5 * 1_048_576,
    keepForDays: undefined,
    dangerouslyAllowHttp: false,
    ...more,
  };
}

export function destinationFor(options: ElasticsearchOptions, clock: Clock = new HandClock()): Destination {
  return elasticsearchDestination(options, { name: "elasticsearch", level: "info", clock });
}

/** `e0`, `e1`, …, or what is given of each. */
export function records(count: number, json: (i: number) => string = plainEvent): SpooledRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `e${i}`,
    position: i,
    timeMs: NOW_MS,
    json: Buffer.from(json(i)),
  }));
}

function plainEvent(i: number): string {
  return `{"@timestamp":"2026-11-26T08:00:00.000Z","event":{"id":"e${i}"},"message":"GET /orders/${i} 200"}`;
}

export function deliver(destination: Destination, some: readonly SpooledRecord[]): Promise<Delivery> {
  return destination.deliver(some, new AbortController().signal);
}
