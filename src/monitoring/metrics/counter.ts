// A counter: how often something happened, by the values of its labels.
import { type Family, Series } from "./family.ts";

export class Count {
  value = 0;

  add(by = 1): void {
    this.value += by;
  }
}

export class CounterFamily {
  readonly #series: Series<Count>;
  readonly family: Family;

  /** `name` without `_total`. */
  constructor(name: string, help: string, labelNames: readonly string[] = []) {
    this.#series = new Series(labelNames.length, () => new Count());
    // What has no labels exists from the beginning: a rate over it needs its zero.
    if (labelNames.length === 0) this.#series.of();
    this.family = { kind: "counter", name, help, labelNames, samples: () => this.#samples() };
  }

  of(...labels: readonly string[]): Count {
    return this.#series.of(...labels);
  }

  *#samples() {
    for (const { labels, of } of this.#series.entries()) yield { labels, value: of.value };
  }
}
