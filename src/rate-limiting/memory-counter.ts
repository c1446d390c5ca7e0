// Counters in the memory of one process: bounded, keyed by a secret hash, on monotonic time only.
import { randomBytes } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { HalfSipHash } from "../cryptography/half-sip-hash.ts";
import type { Budget, Counter, CounterState } from "./counter.ts";
import { WindowTable } from "./window-table.ts";

export interface MemoryCounterOptions {
  readonly clock: Clock;
  /** Keys of one window length that are counted apart. Beyond it newcomers share a bucket. */
  readonly keysMax?: number;
  /** Eight bytes; random when left out. */
  readonly hashKey?: Uint8Array;
}

/** A million keys of a limit below 65,536 take about 92 MB, of one below 256 about 59 MB. */
const KEYS_MAX = 1_000_000;

/** A counter that answers at once. When it is full, newcomers of one key prefix share one budget (L07). */
export function memoryCounter(options: MemoryCounterOptions): Counter {
  const { clock, keysMax = KEYS_MAX } = options;
  const secret = Buffer.from(options.hashKey ?? randomBytes(8));
  const hash = new HalfSipHash(secret.readInt32LE(0), secret.readInt32LE(4));
  const tables = new Map<number, WindowTable>();

  const tableOf = ({ limit, windowMs }: Budget, nowMs: number): WindowTable => {
    const width = limit < 256 ? 1 : limit < 65_536 ? 2 : 4;
    const id = windowMs * 8 + width;
    let table = tables.get(id);
    if (table === undefined) tables.set(id, (table = new WindowTable(windowMs, limit, nowMs, keysMax)));
    return table;
  };

  const count = (key: string, budget: Budget, take: boolean): CounterState => {
    const nowMs = clock.monotonicMs();
    const table = tableOf(budget, nowMs);
    hash.hash(key);
    const own = table.count(hash.low, hash.high, budget.limit, nowMs, take, false);
    if (own !== undefined) return own;
    hash.hash(sharedKey(key));
    return table.count(hash.low, hash.high, budget.limit, nowMs, take, true) as CounterState;
  };

  return {
    take: (key, budget) => count(key, budget, true),
    peek: (key, budget) => count(key, budget, false),
  };
}

/** The budget's own part of a key and the first characters of whose it is: a network, or a letter range of names. */
function sharedKey(key: string): string {
  const at = key.lastIndexOf("\n") + 1;
  return `${key.slice(0, at)}\u0000${key.slice(at, at + 3)}`;
}
