// The part of a record that is asked about: from a time, up to a time. All of it is judged; only what is said of it is restricted.
import type { Suspicion } from "./suspicions.ts";

/** As records have it: RFC 3339 in UTC, with milliseconds. */
export interface Times {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Positions of the events that are asked about; `events` 0 where there is none of that time. */
export interface Part {
  readonly first: number;
  readonly last: number;
  readonly events: number;
}

/** An event has the time at which its request began, and stands where that ended. */
const REQUEST_MS = 60_000;

interface Timed {
  readonly position: number;
  readonly time: string | undefined;
}

/**
 * Whoever alters an event alters its time as well: only the time of one that the next names as it stands says that what
 * is before, or behind it, was not asked for.
 */
export class Window {
  readonly #from: string | undefined;
  readonly #to: string | undefined;
  /** Of events that are too early, or too late, also where they waited for slow requests. */
  readonly #early: string | undefined;
  readonly #late: string | undefined;
  #pending: Timed | undefined;
  #first = 0;
  #last = 0;
  #begun = 0;
  #events = 0;
  /** Of the events that are too early, the last that is as it was. */
  #before = 0;
  /** Of those that are too late, the first that is as it was. */
  #behind: number | undefined;

  constructor({ from, to }: Times) {
    this.#from = from;
    this.#to = to;
    this.#early = moved(from, -REQUEST_MS);
    this.#late = moved(to, REQUEST_MS);
  }

  /** Undefined where all was asked for. */
  get part(): Part | undefined {
    if (this.#from === undefined && this.#to === undefined) return undefined;
    const events = this.#first === 0 ? 0 : this.#events;
    return { first: this.#first, last: this.#last, events };
  }

  /** The next event in order. `isNamed`: it names the one before as that stands. */
  read(position: number, text: string, isNamed: boolean): void {
    if (this.#from === undefined && this.#to === undefined) return;
    if (isNamed && this.#pending !== undefined) this.#settle(this.#pending);
    const time = timeOf(text);
    this.#pending = { position, time };
    if (this.#first === 0 && (this.#from === undefined || (time ?? "") >= this.#from)) this.#first = position;
    if (this.#first > 0) this.#begun += 1;
    if (this.#to !== undefined && (time === undefined || time > this.#to)) return;
    this.#last = position;
    this.#events = this.#begun;
    this.#behind = undefined;
  }

  /** `vouched`: the last event that a checkpoint vouches for, where there are any. */
  includes(one: Suspicion, vouched: number): boolean {
    const behind = this.#behind ?? Number.POSITIVE_INFINITY;
    // Where the end is missing, or all of it was made anew, times say nothing that no checkpoint vouches for.
    if (one.what === "truncated") return behind === Number.POSITIVE_INFINITY || behind > vouched;
    // What follows a rewritten event is another chain.
    if (one.what === "rewritten") return one.from <= behind;
    return one.to > this.#before && one.from < behind;
  }

  #settle({ position, time }: Timed): void {
    if (time === undefined) return;
    if (this.#first === 0 && this.#early !== undefined && time < this.#early) this.#before = position;
    if (this.#late !== undefined && time > this.#late) this.#behind ??= position;
  }
}

function moved(time: string | undefined, ms: number): string | undefined {
  return time === undefined ? undefined : new Date(Date.parse(time) + ms).toISOString();
}

function timeOf(text: string): string | undefined {
  return /^\{"@timestamp":"([^"]{24})"/.exec(text)?.[1];
}
