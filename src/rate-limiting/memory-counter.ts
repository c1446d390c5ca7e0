// Counters in the memory of one process: bounded, keyed by a secret hash, on monotonic time only.
import { randomBytes } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { HalfSipHash, type HashMark } from "../cryptography/half-sip-hash.ts";
import { Cells } from "./cells.ts";
import type { Budget, BudgetCounter, Counter, CounterKey, CounterState } from "./counter.ts";
import { EventLogs } from "./event-log.ts";
import { KeyTable } from "./key-table.ts";

export interface MemoryCounterOptions {
  readonly clock: Clock;
  /** Keys that are counted apart, of all budgets together. Beyond it newcomers share buckets. A million take less than 100 MB. */
  readonly keysMax?: number;
  /** Eight bytes; random when left out. */
  readonly hashKey?: Uint8Array;
}

const KEYS_MAX = 1_000_000;
/** Of four places strangers' addresses may have three: a flood of them leaves room for callers. */
const ADDRESSES_SHARE = 3 / 4;
/** Cells beside those of the keys: for the older events of keys with many, and for shared buckets. */
const CELLS_PER_KEY = 4 / 3;
const RESERVE_SHARE = 1 / 64;
/** Every time of a limit up to this is kept; above, times are kept to a thousandth of the window. */
export const EXACT_MAX = 1_000;
/** How many keys are looked at when a newcomer finds no room. */
const SWEPT_FOR_ROOM = 32;
/** Times are 32-bit milliseconds. No window is longer than 2^31: 24 days. */
const TIMES_RENEWED_AT = 2 ** 31 + 2 ** 30;
export const WINDOW_MS_MAX = 2 ** 31 - 1;
/** A key's cell names its budget in 16 bits, one of which is for shared buckets. */
const BUDGETS_MAX = 2 ** 15;

interface Kept extends Budget {
  /** Even; the next is that of its shared buckets. */
  readonly id: number;
  /** To how many milliseconds times are kept. */
  readonly resolution: number;
  readonly mark: HashMark;
  readonly sharedMark: HashMark;
}

/** A counter that answers at once. When it is full, newcomers of one key prefix share one budget (L07). */
export function memoryCounter(options: MemoryCounterOptions): Counter {
  return new MemoryCounter(options);
}

class MemoryCounter implements Counter {
  readonly #clock: Clock;
  readonly #hash: HalfSipHash;
  readonly #keysMax: number;
  readonly #cells: Cells;
  readonly #logs: EventLogs;
  readonly #table: KeyTable;
  readonly #reserve: number;
  readonly #budgets: Kept[] = [];
  readonly #byName = new Map<string, Kept>();
  readonly #isIdle = (cell: number): boolean => this.#forget(cell);
  readonly #isIdleOrTight = (cell: number): boolean => this.#forget(cell) || this.#tighten(cell);
  #addresses = 0;
  #shared = 0;
  readonly #startMs: number;
  /** Before which start times are not kept any more. */
  #renewedMs = 0;
  /** Milliseconds since then. Never goes back, whatever the clock says (L10). */
  #now = 0;

  constructor({ clock, keysMax = KEYS_MAX, hashKey }: MemoryCounterOptions) {
    const secret = Buffer.from(hashKey ?? randomBytes(8));
    this.#clock = clock;
    this.#hash = new HalfSipHash(secret.readInt32LE(0), secret.readInt32LE(4));
    this.#keysMax = keysMax;
    this.#reserve = Math.max(64, Math.floor(keysMax * RESERVE_SHARE));
    this.#cells = new Cells(Math.floor(keysMax * CELLS_PER_KEY) + this.#reserve);
    this.#logs = new EventLogs(this.#cells, this.#reserve);
    this.#table = new KeyTable(this.#cells, this.#logs);
    this.#startMs = clock.monotonicMs();
  }

  budget(scope: string, budget: Budget): BudgetCounter {
    const kept = this.#keep(scope, budget);
    return {
      take: (key) => this.#count(kept, key, true),
      peek: (key) => this.#count(kept, key, false),
    };
  }

  /** The same budget asked for again, as by a reload, is the same. */
  #keep(scope: string, { limit, windowMs, keys }: Budget): Kept {
    if (!(windowMs >= 1 && windowMs <= WINDOW_MS_MAX)) throw new RangeError("a window is 1 ms to 24 days long");
    const name = `${scope}\n${keys}\n${limit}\n${windowMs}`;
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    if (this.#budgets.length === BUDGETS_MAX) throw new RangeError(`at most ${BUDGETS_MAX} limits`);
    const hash = this.#hash;
    hash.begin();
    hash.part(scope);
    const mark = hash.mark();
    hash.part("shared");
    const resolution = limit <= EXACT_MAX ? 1 : Math.max(1, Math.ceil(windowMs / EXACT_MAX));
    const id = 2 * this.#budgets.length;
    const kept: Kept = { limit, windowMs, keys, id, resolution, mark, sharedMark: hash.mark() };
    this.#budgets.push(kept);
    this.#byName.set(name, kept);
    return kept;
  }

  #count(budget: Kept, key: CounterKey, take: boolean): CounterState {
    this.#tick();
    if (take) this.#table.sweep(1, this.#isIdle);
    const hash = this.#hash;
    hash.resume(budget.mark);
    for (let i = 0; i < key.length; i += 1) hash.part(key[i] as string);
    hash.end();
    let cell = this.#table.find(hash.low, hash.high);
    if (cell === 0) cell = this.#newcomer(budget, key, hash.low, hash.high, take);
    if (cell !== 0) {
      this.#follow(cell, budget);
      return this.#countIn(cell, budget, take);
    }
    // Not even a shared bucket could be had: closed rather than open.
    return take ? state(false, 0, budget.windowMs) : state(true, budget.limit, 0);
  }

  /** After a reload the scope has another window: what is counted is forgotten by the one that holds now. */
  #follow(cell: number, { id }: Kept): void {
    const kept = this.#logs.budget(cell);
    if (kept >> 1 !== id >> 1) this.#logs.setBudget(cell, id | (kept & 1));
  }

  #countIn(cell: number, { limit, windowMs, resolution }: Kept, take: boolean): CounterState {
    const logs = this.#logs;
    const now = Math.floor(this.#now);
    logs.drop(cell, now - windowMs);
    const total = logs.total(cell);
    if (take && total < limit) {
      logs.add(cell, Math.ceil(this.#now / resolution) * resolution, 1, windowMs);
      return state(true, limit - total - 1, logs.oldest(cell) + windowMs - now);
    }
    if (total === 0) return state(true, limit, 0);
    const leaves = total <= limit ? logs.oldest(cell) : logs.timeOf(cell, total - limit + 1);
    return state(total < limit, Math.max(0, limit - total), leaves + windowMs - now);
  }

  /** The cell of whoever has none: a new one that begins with what it may have done as one of many, or the shared one. */
  #newcomer(budget: Kept, key: CounterKey, low: number, high: number, take: boolean): number {
    const isFull = !this.#hasRoom(budget);
    let shared = 0;
    if (isFull || this.#shared > 0) {
      this.#hashShared(budget, key);
      shared = this.#table.find(this.#hash.low, this.#hash.high);
    }
    if (!take) return shared;
    if (isFull) return shared === 0 ? this.#share(budget) : shared;
    const cell = this.#table.add(low, high, budget.id);
    if (budget.keys === "addresses") this.#addresses += 1;
    if (shared === 0) return cell;
    const logs = this.#logs;
    logs.drop(shared, Math.floor(this.#now) - budget.windowMs);
    const past = logs.total(shared);
    if (past > 0) logs.add(cell, logs.lastTime(shared), past, budget.windowMs);
    return cell;
  }

  #share(budget: Kept): number {
    const cell = this.#table.add(this.#hash.low, this.#hash.high, budget.id + 1);
    if (cell !== 0) this.#shared += 1;
    return cell;
  }

  #hashShared({ sharedMark, keys }: Kept, key: CounterKey): void {
    const hash = this.#hash;
    const last = key.length - 1;
    hash.resume(sharedMark);
    for (let i = 0; i < last; i += 1) hash.part(key[i] as string);
    hash.part(prefixOf(key[last] ?? "", keys));
    hash.end();
  }

  #hasRoom({ keys }: Kept): boolean {
    for (let tried = false; ; tried = true) {
      const places = keys === "addresses" ? this.#keysMax * ADDRESSES_SHARE - this.#addresses : this.#keysMax;
      const isFree = places > 0 && this.#table.size - this.#shared < this.#keysMax;
      if (isFree && this.#cells.left > this.#reserve) return true;
      if (tried) return false;
      this.#table.sweep(SWEPT_FOR_ROOM, this.#isIdleOrTight);
    }
  }

  /** Whether nothing under this key counts any more. */
  #forget(cell: number): boolean {
    const logs = this.#logs;
    const id = logs.budget(cell);
    const { windowMs, keys } = this.#budgets[id >> 1] as Kept;
    logs.drop(cell, Math.floor(this.#now) - windowMs);
    if (logs.total(cell) > 0) return false;
    if (id & 1) this.#shared -= 1;
    else if (keys === "addresses") this.#addresses -= 1;
    return true;
  }

  /** Where cells are short, exact times make room for keys. */
  #tighten(cell: number): false {
    const logs = this.#logs;
    if (this.#cells.left > this.#reserve || !logs.isLong(cell)) return false;
    logs.coarsen(cell, (this.#budgets[logs.budget(cell) >> 1] as Kept).windowMs);
    return false;
  }

  #tick(): void {
    const now = this.#clock.monotonicMs() - this.#startMs - this.#renewedMs;
    if (now > this.#now) this.#now = now;
    if (this.#now < TIMES_RENEWED_AT) return;
    const by = Math.floor(this.#now) - 2 ** 31;
    this.#table.each((cell) => {
      this.#logs.drop(cell, Math.floor(this.#now) - (this.#budgets[this.#logs.budget(cell) >> 1] as Kept).windowMs);
      this.#logs.shift(cell, by);
    });
    this.#renewedMs += by;
    this.#now -= by;
  }
}

/** A network of addresses (IPv4 by /16, IPv6 by its first two groups), or the first characters of a name. */
function prefixOf(text: string, keys: Budget["keys"]): string {
  if (keys === "callers") return text.slice(0, 3);
  const separator = text.includes(":") ? ":" : ".";
  const first = text.indexOf(separator);
  const second = first < 0 ? -1 : text.indexOf(separator, first + 1);
  return second < 0 ? text : text.slice(0, second);
}

function state(allowed: boolean, remaining: number, resetMs: number): CounterState {
  return { allowed, remaining, resetMs };
}
