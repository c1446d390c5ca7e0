// Finds what was counted under a key: open addressing over cells. Only keys that count nothing any more are ever forgotten.
import type { Cells } from "./cells.ts";
import type { EventLogs } from "./event-log.ts";

const SLOTS_START = 64;
const LOAD_MAX = 0.7;

export class KeyTable {
  readonly #cells: Cells;
  readonly #logs: EventLogs;
  /** The cell of each slot's key; 0 is empty. */
  #slots = new Uint32Array(SLOTS_START);
  #keys = 0;
  /** Where the next look for forgotten keys begins. */
  #hand = 0;

  constructor(cells: Cells, logs: EventLogs) {
    this.#cells = cells;
    this.#logs = logs;
  }

  get size(): number {
    return this.#keys;
  }

  /** The key's cell, or 0. */
  find(low: number, high: number): number {
    return this.#slots[this.#slotOf(low, high)] as number;
  }

  /** A new key; 0 where no cell is left. */
  add(low: number, high: number, budget: number): number {
    const cell = this.#cells.take();
    if (cell === 0) return 0;
    if (this.#keys + 1 > this.#slots.length * LOAD_MAX) this.#grow();
    this.#logs.make(cell, low, high, budget);
    this.#slots[this.#slotOf(low, high)] = cell;
    this.#keys += 1;
    return cell;
  }

  /**
   * Looks at the next few slots: `forget` says of each key whether it counts nothing any more. A few with each request
   * go round often enough; nobody waits for a sweep of everything.
   */
  sweep(count: number, forget: (cell: number) => boolean): void {
    for (let i = 0; i < count; i += 1) {
      this.#hand &= this.#slots.length - 1;
      const cell = this.#slots[this.#hand] as number;
      // Another key may move into the slot of one that goes.
      if (cell !== 0 && forget(cell)) this.#remove(this.#hand);
      else this.#hand += 1;
    }
  }

  each(see: (cell: number) => void): void {
    for (const cell of this.#slots) if (cell !== 0) see(cell);
  }

  #slotOf(low: number, high: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = low & mask;
    for (let cell = slots[slot] as number; cell !== 0; cell = slots[slot] as number) {
      if (this.#logs.is(cell, low, high)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Closes the gap: what stands behind it moves up where a search for it would otherwise end too early. */
  #remove(slot: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    this.#logs.free(slots[slot] as number);
    this.#cells.give(slots[slot] as number);
    this.#keys -= 1;
    let gap = slot;
    for (let next = (gap + 1) & mask; slots[next] !== 0; next = (next + 1) & mask) {
      const home = this.#logs.low(slots[next] as number) & mask;
      if (((next - home) & mask) < ((next - gap) & mask)) continue;
      slots[gap] = slots[next] as number;
      gap = next;
    }
    slots[gap] = 0;
  }

  #grow(): void {
    const before = this.#slots;
    this.#slots = new Uint32Array(before.length * 2);
    const mask = this.#slots.length - 1;
    for (const cell of before) {
      if (cell === 0) continue;
      let slot = this.#logs.low(cell) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = cell;
    }
  }
}
