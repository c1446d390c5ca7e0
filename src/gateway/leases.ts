// Counts who uses what several generations share, so that the last one ends it: pools, key sources.

export class Leases<T> {
  readonly #users = new Map<T, number>();
  readonly #end: (thing: T) => void;

  /** `end` is called once for each thing, when its last user has given it back. */
  constructor(end: (thing: T) => void) {
    this.#end = end;
  }

  take(thing: T): T {
    this.#users.set(thing, (this.#users.get(thing) ?? 0) + 1);
    return thing;
  }

  giveBack(thing: T): void {
    const users = (this.#users.get(thing) ?? 0) - 1;
    if (users > 0) {
      this.#users.set(thing, users);
      return;
    }
    if (this.#users.delete(thing)) this.#end(thing);
  }

  /** What is in use. */
  all(): T[] {
    return [...this.#users.keys()];
  }
}
