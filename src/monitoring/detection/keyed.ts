// State by group, bounded by count and by time: who was not met for a timespan is forgotten, and of too many the one met first.

import { hash } from "node:crypto";

/** Addresses and most subjects are shorter. */
const SHORT_MAX = 64;
/** A longer part of a text is no copy in V8: it keeps the whole of it, as a path does the query behind it. */
export const COPIED_MAX = 12;

/** A text as it may be remembered for long: clients choose how long some are, and there are ten thousand groups of many values. */
export function keepable(text: string, shortMax = SHORT_MAX): string {
  return text.length <= shortMax ? text : hash("sha256", text, "base64url");
}

/** An address is a part of the field that forwards it, a path of its target: what is kept must not keep those, too. */
function ownCopy(text: string): string {
  return text.length <= COPIED_MAX ? text : ` ${text}`.slice(1);
}

export interface KeyedOptions<T> {
  readonly keysMax: number;
  /** A group that was not met for so long is forgotten, within as long again. */
  readonly keepMs: number;
  readonly make: () => T;
}

/** Two generations: who is met again comes into the young one, and the old one goes as a whole. Times are those of events. */
export class Keyed<T> {
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  #sinceMs = Number.NaN;
  readonly #options: KeyedOptions<T>;
  /** How many groups were forgotten to make room. */
  forgotten = 0;

  constructor(options: KeyedOptions<T>) {
    this.#options = options;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The state of a group, made when first met. */
  of(key: string, timeMs: number): T {
    // Compared so that the first time, which is compared with none, begins a generation.
    if (!(timeMs - this.#sinceMs < this.#options.keepMs)) this.#turn(timeMs);
    let state = this.#young.get(key);
    if (state !== undefined) return state;
    state = this.#old.get(key);
    if (state === undefined) {
      if (this.size >= this.#options.keysMax) this.#forgetSome();
      state = this.#options.make();
    } else {
      this.#old.delete(key);
    }
    this.#young.set(ownCopy(key), state);
    return state;
  }

  peek(key: string): T | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  delete(key: string): void {
    if (!this.#young.delete(key)) this.#old.delete(key);
  }

  #turn(timeMs: number): void {
    const isLongAgo = !(timeMs - this.#sinceMs < 2 * this.#options.keepMs);
    this.#old = isLongAgo ? new Map() : this.#young;
    this.#young = new Map();
    this.#sinceMs = timeMs;
  }

  /** A sixteenth at once, so that a flood of new groups does not pay for each. */
  #forgetSome(): void {
    let left = Math.max(1, this.#options.keysMax >> 4);
    for (const generation of [this.#old, this.#young]) {
      for (const key of generation.keys()) {
        if (left === 0) return;
        generation.delete(key);
        this.forgotten += 1;
        left -= 1;
      }
    }
  }
}
