// Which exchanges are traced in detail: as the caller's `traceparent` says, else a part of all, and never more in a second than the
// owner allows: a caller's word costs nothing, and spans do.
import type { Clock } from "../core/clock.ts";
import type { Exchange, TraceContext } from "../core/exchange.ts";
import { GuardTiming } from "../core/timing.ts";

export interface SamplingOptions {
  /** Of the traces that begin here: 0 to 1. */
  readonly ratio: number;
  readonly perSecondMax: number;
}

const SAMPLED = 1;
/** Twice 26 bits of randomness, from the end of the trace's id (Trace Context Level 2). */
const DIGITS = 13;
const RANGE = 16 ** DIGITS;

export class TraceSampler {
  readonly #ratio: number;
  readonly #perSecondMax: number;
  readonly #clock: Clock;
  #second = Number.NaN;
  #count = 0;

  constructor({ ratio, perSecondMax }: SamplingOptions, clock: Clock) {
    this.#ratio = ratio;
    this.#perSecondMax = perSecondMax;
    this.#clock = clock;
  }

  /** Before the first guard. The flag that goes to the API says what is done here, so that its own spans have a parent. */
  begin(exchange: Exchange): void {
    const { trace } = exchange;
    if (trace === undefined) return;
    const sampled = this.#isAsked(trace) && this.#hasRoom();
    const flags = `0${(Number.parseInt(trace.flags, 16) & ~SAMPLED) | (sampled ? SAMPLED : 0)}`;
    if (flags !== trace.flags) exchange.trace = { ...trace, flags };
    if (sampled) exchange.timing = new GuardTiming(this.#clock);
  }

  #isAsked({ traceId, parentId, flags }: TraceContext): boolean {
    if (parentId !== undefined) return (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED;
    return Number.parseInt(traceId.slice(-DIGITS), 16) < this.#ratio * RANGE;
  }

  #hasRoom(): boolean {
    const second = Math.floor(this.#clock.monotonicMs() / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count <= this.#perSecondMax;
  }
}
