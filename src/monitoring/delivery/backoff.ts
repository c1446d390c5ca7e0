// How long to wait before something is tried again: longer each time, never the same for all, as long as was asked for.

export interface BackoffOptions {
  readonly firstMs?: number;
  readonly mostMs?: number;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

const FIRST_MS = 250;
const MOST_MS = 30_000;
/** A server that asks for more is asked again all the same. */
const ASKED_MOST_MS = 300_000;

export class Backoff {
  readonly #firstMs: number;
  readonly #mostMs: number;
  readonly #random: () => number;
  #failures = 0;

  constructor(options: BackoffOptions = {}) {
    this.#firstMs = options.firstMs ?? FIRST_MS;
    this.#mostMs = options.mostMs ?? MOST_MS;
    this.#random = options.random ?? Math.random;
  }

  /** After a failure. Half of it is chance: many gates must not come back at one moment. */
  nextMs(askedMs = 0): number {
    const mostMs = Math.min(this.#mostMs, this.#firstMs * 2 ** this.#failures);
    if (this.#failures < 30) this.#failures += 1;
    return Math.max(mostMs / 2 + (mostMs / 2) * this.#random(), Math.min(askedMs, ASKED_MOST_MS));
  }

  /** For one record that was refused so often, while others were taken. */
  afterMs(attempts: number): number {
    return Math.min(this.#mostMs, this.#firstMs * 2 ** Math.min(attempts, 30));
  }

  worked(): void {
    this.#failures = 0;
  }
}
