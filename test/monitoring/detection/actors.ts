// Who acts at the virtual gate, and when: each says when its turn comes again, so that all of them share one clock.
import type { VirtualGate } from "./virtual-gate.ts";

export interface Actor {
  /** Does what is due, and gives the time of its next turn; undefined: it is done. */
  readonly act: (atMs: number) => Promise<number | undefined>;
}

export interface Turn {
  readonly atMs: number;
  readonly actor: Actor;
}

/** Lets each have its turns until then, in the order of their times. */
export async function play(gate: VirtualGate, begin: readonly Turn[], untilMs: number): Promise<void> {
  const turns = [...begin].sort((a, b) => a.atMs - b.atMs);
  for (let turn = turns.shift(); turn !== undefined && turn.atMs < untilMs; turn = turns.shift()) {
    const { atMs, actor } = turn;
    const nextMs = await actor.act(atMs);
    if (nextMs === undefined) continue;
    let at = turns.length;
    while (at > 0 && (turns[at - 1] as Turn).atMs > nextMs) at -= 1;
    turns.splice(at, 0, { atMs: nextMs, actor });
  }
  await gate.until(untilMs);
}

/** Chance that is the same each time (mulberry32), one for each actor: who else is there changes nothing for it. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  of(share: number): boolean {
    return this.next() < share;
  }

  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from));
  }

  one<T>(list: readonly T[]): T {
    return list[this.between(0, list.length)] as T;
  }

  /** Most are short and some are very long, as waits and answers are. */
  skewed(middle: number, spread = 0.8): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return middle * Math.exp(spread * normal);
  }
}
