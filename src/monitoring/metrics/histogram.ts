// A histogram: how long something took, in buckets, with the trace of the last measurement in each of them.
import { type Exemplar, type Family, type HistogramSample, Series } from "./family.ts";

/** OpenTelemetry's buckets for `http.server.request.duration`, in seconds. */
const DURATION_BOUNDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;
  readonly #traceIds: (string | undefined)[];
  readonly #values: Float64Array;
  readonly #timesMs: Float64Array;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    const size = bounds.length + 1;
    this.#counts = new Float64Array(size);
    this.#values = new Float64Array(size);
    this.#timesMs = new Float64Array(size);
    this.#traceIds = Array.from({ length: size }, () => undefined);
  }

  /** `traceId` of a trace that is sampled: another leads nowhere. */
  observe(value: number, traceId?: string, timeMs = 0): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
    (this.#counts[bucket] as number) += 1;
    this.#sum += value;
    if (traceId === undefined) return;
    this.#traceIds[bucket] = traceId;
    this.#values[bucket] = value;
    this.#timesMs[bucket] = timeMs;
  }

  sample(labels: readonly string[]): HistogramSample {
    const exemplars = this.#traceIds.map((traceId, at): Exemplar | undefined =>
      traceId === undefined
        ? undefined
        : { traceId, value: this.#values[at] as number, timeMs: this.#timesMs[at] as number },
    );
    return { labels, counts: this.#counts, sum: this.#sum, exemplars };
  }
}

export class HistogramFamily {
  readonly #series: Series<Histogram>;
  readonly family: Family;

  constructor(name: string, help: string, labelNames: readonly string[], bounds: readonly number[] = DURATION_BOUNDS) {
    this.#series = new Series(labelNames.length, () => new Histogram(bounds));
    this.family = { kind: "histogram", name, help, labelNames, bounds, samples: () => this.#samples() };
  }

  of(...labels: readonly string[]): Histogram {
    return this.#series.of(...labels);
  }

  *#samples() {
    for (const { labels, of } of this.#series.entries()) yield of.sample(labels);
  }
}
