// Sliding windows of many keys in typed arrays: a ring of sixteen counters each, no key text kept.
import type { CounterState } from "./counter.ts";

/** Sub-windows in one window. One more is kept: the oldest counts until it lies wholly outside. */
const PARTS = 15;
const RING = 16;
const LOAD_MAX = 0.8;
const SLOTS_START = 64;

type Counts = Uint8Array | Uint16Array | Uint32Array;

interface Generation {
  slots: number;
  used: number;
  low: Uint32Array;
  high: Uint32Array;
  /** Sub-window of the last count, plus one; 0 is an empty slot. */
  last: Uint32Array;
  counts: Counts;
}

/**
 * Keys of one window length and limit class. What was not touched for a whole window and its rest counts nothing any
 * more, so two generations suffice: every such while the younger becomes the older and the older is dropped. Nobody who
 * is near a limit is ever dropped.
 */
export class WindowTable {
  readonly #partMs: number;
  readonly #startMs: number;
  readonly #keysMax: number;
  readonly #makeCounts: (length: number) => Counts;
  #young: Generation;
  #old: Generation;
  #youngSince: number;

  constructor(windowMs: number, limit: number, nowMs: number, keysMax: number) {
    this.#partMs = windowMs / PARTS;
    this.#startMs = nowMs;
    this.#keysMax = keysMax;
    this.#makeCounts = (length) =>
      limit < 256 ? new Uint8Array(length) : limit < 65_536 ? new Uint16Array(length) : new Uint32Array(length);
    this.#young = this.#generation(SLOTS_START);
    this.#old = this.#generation(SLOTS_START);
    this.#youngSince = 0;
  }

  /** Undefined when the table is full and the key is not in it. Shared buckets are few: `reserved` lets them in. */
  count(
    low: number,
    high: number,
    limit: number,
    nowMs: number,
    take: boolean,
    reserved: boolean,
  ): CounterState | undefined {
    const elapsed = nowMs - this.#startMs;
    const part = Math.floor(elapsed / this.#partMs);
    if (part - this.#youngSince >= RING) this.#age(part);
    let slot = find(this.#young, low, high);
    if (this.#young.last[slot] === 0) {
      const kept = find(this.#old, low, high);
      // Whoever was counted before is carried over even into a full table: nobody is freed by crowding.
      const isNew = this.#old.last[kept] === 0;
      if (isNew && this.#young.used >= this.#keysMax && !reserved) return undefined;
      if (isNew && !take) return state(true, limit, 0);
      if (this.#young.used + 1 > this.#young.slots * LOAD_MAX) {
        this.#grow();
        slot = find(this.#young, low, high);
      }
      this.#insert(slot, low, high, kept, part);
    }
    return this.#countIn(slot, limit, part, elapsed, take);
  }

  #countIn(slot: number, limit: number, part: number, elapsed: number, take: boolean): CounterState {
    const { counts, last } = this.#young;
    const base = slot * RING;
    const since = (last[slot] as number) - 1;
    const stale = Math.min(part - since, RING);
    for (let i = 1; i <= stale; i += 1) counts[base + ((since + i) & (RING - 1))] = 0;
    last[slot] = part + 1;
    let total = 0;
    for (let i = 0; i < RING; i += 1) total += counts[base + i] as number;
    const allowed = total < limit;
    if (allowed && take) {
      counts[base + (part & (RING - 1))] = (counts[base + (part & (RING - 1))] as number) + 1;
      total += 1;
    }
    if (total === 0) return state(true, limit, 0);
    let oldest = part - RING + 1;
    while (counts[base + (oldest & (RING - 1))] === 0) oldest += 1;
    return state(allowed, limit - total, (oldest + RING) * this.#partMs - elapsed);
  }

  #insert(slot: number, low: number, high: number, kept: number, part: number): void {
    const young = this.#young;
    young.used += 1;
    young.low[slot] = low;
    young.high[slot] = high;
    young.last[slot] = part + 1;
    const old = this.#old;
    if (old.last[kept] === 0) return;
    young.last[slot] = old.last[kept] as number;
    young.counts.set(old.counts.subarray(kept * RING, kept * RING + RING), slot * RING);
  }

  #age(part: number): void {
    const muchLater = part - this.#youngSince >= 2 * RING;
    this.#old = muchLater ? this.#generation(SLOTS_START) : this.#young;
    this.#young = this.#generation(SLOTS_START);
    this.#youngSince = part;
  }

  #grow(): void {
    const before = this.#young;
    const after = this.#generation(before.slots * 2);
    for (let i = 0; i < before.slots; i += 1) {
      if (before.last[i] === 0) continue;
      const slot = find(after, before.low[i] as number, before.high[i] as number);
      after.low[slot] = before.low[i] as number;
      after.high[slot] = before.high[i] as number;
      after.last[slot] = before.last[i] as number;
      after.counts.set(before.counts.subarray(i * RING, i * RING + RING), slot * RING);
    }
    after.used = before.used;
    this.#young = after;
  }

  #generation(slots: number): Generation {
    return {
      slots,
      used: 0,
      low: new Uint32Array(slots),
      high: new Uint32Array(slots),
      last: new Uint32Array(slots),
      counts: this.#makeCounts(slots * RING),
    };
  }
}

function find(generation: Generation, low: number, high: number): number {
  const mask = generation.slots - 1;
  let slot = low & mask;
  while (generation.last[slot] !== 0 && (generation.low[slot] !== low || generation.high[slot] !== high)) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

function state(allowed: boolean, remaining: number, resetMs: number): CounterState {
  return { allowed, remaining, resetMs };
}
