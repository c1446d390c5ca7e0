// One family of metrics: a name, the names of its labels, and a bounded number of series that are made when first met.

/** What follows each `observe`: where the measurement came from, shown as an exemplar. */
export interface Exemplar {
  readonly traceId: string;
  readonly value: number;
  readonly timeMs: number;
}

export interface Sample {
  readonly labels: readonly string[];
  readonly value: number;
}

/** One line of a histogram per bound, with its sum and count. */
export interface HistogramSample {
  readonly labels: readonly string[];
  /** Counts per bucket, not cumulated; the last is everything beyond the last bound. */
  readonly counts: Float64Array;
  readonly sum: number;
  readonly exemplars: readonly (Exemplar | undefined)[];
}

interface FamilyName {
  /** As Prometheus spells it, without `_total`, with its unit. */
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

export type Family =
  | (FamilyName & { readonly kind: "counter" | "gauge" | "info"; readonly samples: () => Iterable<Sample> })
  | (FamilyName & {
      readonly kind: "histogram";
      readonly bounds: readonly number[];
      readonly samples: () => Iterable<HistogramSample>;
    });

/** Beyond so many series of one family, what is new is counted together: labels never fill the memory. */
export const SERIES_MAX = 10_000;
/** The value of every label of that one. */
const OVERFLOW = "_overflow";

/** Series by the values of their labels, made when first met. */
export class Series<T> {
  readonly #byLabels = new Map<string, { readonly labels: readonly string[]; readonly of: T }>();
  readonly #make: () => T;
  readonly #width: number;
  readonly #seriesMax: number;

  constructor(width: number, make: () => T, seriesMax: number = SERIES_MAX) {
    this.#width = width;
    this.#make = make;
    this.#seriesMax = seriesMax;
  }

  /** The series of these values. Whoever asks often keeps it. */
  of(...labels: readonly string[]): T {
    // A control character cannot be in a value that is told apart by it: values come from the configuration and the document.
    const key = labels.join("\u0000");
    let found = this.#byLabels.get(key);
    if (found !== undefined) return found.of;
    if (this.#byLabels.size >= this.#seriesMax) return this.#overflow();
    found = { labels, of: this.#make() };
    this.#byLabels.set(key, found);
    return found.of;
  }

  #overflow(): T {
    let found = this.#byLabels.get(OVERFLOW);
    if (found === undefined) {
      found = { labels: Array.from({ length: this.#width }, () => OVERFLOW), of: this.#make() };
      this.#byLabels.set(OVERFLOW, found);
    }
    return found.of;
  }

  entries(): Iterable<{ readonly labels: readonly string[]; readonly of: T }> {
    return this.#byLabels.values();
  }
}
