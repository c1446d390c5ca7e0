// Where slowed down requests wait: few enough to hold, not all of them one client's, none after its client has left.
import type { Exchange } from "../core/exchange.ts";

/** Each holds a connection and its memory. */
export const DELAYED_MAX = 1_000;
/** Of one key: a client that sends many at once does not take the places of others. */
export const DELAYED_PER_KEY_MAX = 50;

export class DelayPlaces {
  #waiting = 0;
  readonly #byKey = new Map<string, number>();

  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves after so long, or as soon as the exchange has ended; undefined where no place is left. */
  wait(exchange: Exchange, key: string, delayMs: number): Promise<void> | undefined {
    const own = this.#byKey.get(key) ?? 0;
    if (this.#waiting >= DELAYED_MAX || own >= DELAYED_PER_KEY_MAX) return undefined;
    this.#waiting += 1;
    this.#byKey.set(key, own + 1);
    return new Promise((resolve) => {
      let isOver = false;
      const leave = () => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        this.#leave(key);
        resolve();
      };
      const timer = setTimeout(leave, delayMs);
      exchange.hold(leave);
    });
  }

  #leave(key: string): void {
    this.#waiting -= 1;
    const own = (this.#byKey.get(key) ?? 0) - 1;
    if (own > 0) this.#byKey.set(key, own);
    else this.#byKey.delete(key);
  }
}
