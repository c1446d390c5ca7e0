// Who is at work and who waits for a place: a bounded number of each for each key; nothing is kept of a key that is idle.
import type { Exchange } from "../core/exchange.ts";

export interface LaneLimits {
  /** At work at once, of one key. */
  readonly limit: number;
  /** Waiting at once, of one key. */
  readonly queue: number;
  readonly timeoutMs: number;
}

export type Admission = "admitted" | "full" | "late";

interface Waiting {
  readonly limit: number;
  settle(admission: Admission): void;
}

interface Lane {
  inUse: number;
  /** In the order of their arrival. */
  readonly waiting: Set<Waiting>;
}

/** The lanes of one limit. Policies come and go; whoever is at work stays, so each brings its own numbers. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();

  /** How many keys have somebody at work or waiting. */
  get size(): number {
    return this.#lanes.size;
  }

  /** A place until the exchange ends: at once, after a wait, or not. Whoever leaves meanwhile leaves the queue. */
  enter(exchange: Exchange, key: string, limits: LaneLimits, mayWait: boolean): Admission | Promise<Admission> {
    const { limit, queue, timeoutMs } = limits;
    let lane = this.#lanes.get(key);
    if (lane === undefined) this.#lanes.set(key, (lane = { inUse: 0, waiting: new Set() }));
    if (lane.inUse < limit) {
      this.#admit(exchange, key, lane);
      return "admitted";
    }
    if (!mayWait || lane.waiting.size >= queue) return "full";
    return this.#wait(exchange, key, lane, limit, timeoutMs);
  }

  #wait(exchange: Exchange, key: string, lane: Lane, limit: number, timeoutMs: number): Promise<Admission> {
    return new Promise((resolve) => {
      const entry: Waiting = {
        limit,
        settle: (admission) => {
          if (!lane.waiting.delete(entry)) return;
          clearTimeout(timer);
          if (admission === "admitted") this.#admit(exchange, key, lane);
          resolve(admission);
        },
      };
      lane.waiting.add(entry);
      const timer = setTimeout(() => entry.settle("late"), timeoutMs);
      exchange.hold(() => entry.settle("late"));
    });
  }

  #admit(exchange: Exchange, key: string, lane: Lane): void {
    lane.inUse += 1;
    exchange.hold(() => this.#leave(key, lane));
  }

  /** The place goes to the first in the queue. */
  #leave(key: string, lane: Lane): void {
    lane.inUse -= 1;
    for (const entry of lane.waiting) {
      if (lane.inUse >= entry.limit) break;
      entry.settle("admitted");
    }
    if (lane.inUse === 0 && lane.waiting.size === 0) this.#lanes.delete(key);
  }
}

/** The lanes of every limit by its scope, beside the policies: one that takes another's place knows who is at work. */
export class LaneStore {
  readonly #byScope = new Map<string, Lanes>();

  of(scope: string): Lanes {
    let lanes = this.#byScope.get(scope);
    if (lanes === undefined) this.#byScope.set(scope, (lanes = new Lanes()));
    return lanes;
  }
}
