// What is usual for one group, learned from its own past: the median of its measurements and how far they stray from it.
import type { Baseline } from "./rule.ts";

/** From the median of the deviations to a standard deviation, where measurements are normal. */
const MAD_TO_SIGMA = 1.4826;
/** Fewer measurements say nothing of what is usual. */
const KNOWN_BUCKETS_MIN = 10;
/** An average of fewer is no measurement. */
const AVERAGED_MIN = 20;

/** Median and median deviation (robust: a single flood does not move them), over measurements of equal length. */
export class BaselineState {
  readonly #options: Baseline;
  readonly #averages: boolean;
  /** The last measurements, oldest overwritten. */
  readonly #history: Float32Array;
  #kept = 0;
  #bucket = Number.NaN;
  #sum = 0;
  #count = 0;
  #limit: number;
  #told = false;

  constructor(options: Baseline, averages: boolean) {
    this.#options = options;
    this.#averages = averages;
    this.#history = new Float32Array(options.buckets);
    this.#limit = options.newcomer;
  }

  /** Adds a value; the measurement when it is unusual, once for each bucket. */
  take(timeMs: number, value: number): number | undefined {
    const bucket = Math.floor(timeMs / this.#options.bucketMs);
    if (bucket !== this.#bucket) this.#turn(bucket);
    this.#sum += value;
    this.#count += 1;
    if (this.#told) return undefined;
    if (this.#averages && this.#count < AVERAGED_MIN) return undefined;
    const measured = this.#averages ? this.#sum / this.#count : this.#sum;
    if (measured <= this.#limit) return undefined;
    this.#told = true;
    return measured;
  }

  #turn(bucket: number): void {
    const { buckets } = this.#options;
    const passed = bucket - this.#bucket;
    // Events come a little out of order: those of the bucket before count in this one.
    if (passed < 0 && passed >= -1) return;
    if (!Number.isNaN(this.#bucket)) {
      const enough = !this.#averages || this.#count >= AVERAGED_MIN;
      // What was unusual teaches no more than the limit: an attack must not become what is usual at once.
      if (enough) this.#keep(Math.min(this.#averages ? this.#sum / this.#count : this.#sum, this.#limit));
      if (!this.#averages) for (let quiet = Math.min(passed, buckets); quiet > 1; quiet -= 1) this.#keep(0);
    }
    this.#bucket = bucket;
    this.#sum = 0;
    this.#count = 0;
    this.#told = false;
    this.#limit = this.#limitNow();
  }

  #keep(measured: number): void {
    this.#history[this.#kept % this.#history.length] = measured;
    this.#kept += 1;
  }

  #limitNow(): number {
    const { deviations, floor, newcomer } = this.#options;
    const known = Math.min(this.#kept, this.#history.length);
    if (known < KNOWN_BUCKETS_MIN) return newcomer;
    const sorted = this.#history.slice(0, known).sort();
    const median = middle(sorted);
    const strays = middle(sorted.map((value) => Math.abs(value - median)).sort()) * MAD_TO_SIGMA;
    // Counts stray by their root even where the past happened to be even (Poisson); other measures by a tenth.
    const least = this.#averages ? median / 10 : Math.sqrt(median);
    return Math.max(floor, median + deviations * Math.max(strays, least));
  }
}

function middle(sorted: Float32Array): number {
  return sorted[sorted.length >> 1] as number;
}
