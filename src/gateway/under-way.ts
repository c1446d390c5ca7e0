// What is under way just now: constant-time entry and exit, and nothing of what has ended is kept alive.

export interface Entry {
  /** Its place in the list; -1 outside. Belongs to the list. */
  place: number;
}

/**
 * Not a Set: V8 renews a Set's table every few dozen changes, an old table points to the next, and one that reached the
 * old generation keeps all after it, with whatever stood in them, until a full collection. Under load that let two of
 * five requests survive (measured: 4.9 ms instead of 0.5 ms for each young collection).
 */
export class UnderWay<T extends Entry> {
  readonly #entries: T[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** A copy: entries may end while they are looked at. */
  all(): T[] {
    return [...this.#entries];
  }

  add(entry: T): void {
    entry.place = this.#entries.push(entry) - 1;
  }

  /** Nothing happens to what is not in the list. */
  remove(entry: T): void {
    const { place } = entry;
    if (place < 0) return;
    const last = this.#entries.pop() as T;
    if (last !== entry) {
      this.#entries[place] = last;
      last.place = place;
    }
    entry.place = -1;
  }
}
