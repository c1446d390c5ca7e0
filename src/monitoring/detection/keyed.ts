// State by group, bounded: the group that was met first is forgotten first.

export class Keyed<T> {
  readonly #byKey = new Map<string, T>();
  readonly #keysMax: number;
  readonly #make: () => T;
  /** How many groups were forgotten to make room. */
  forgotten = 0;

  constructor(keysMax: number, make: () => T) {
    this.#keysMax = keysMax;
    this.#make = make;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** The state of a group, made when first met. */
  of(key: string): T {
    let state = this.#byKey.get(key);
    if (state !== undefined) return state;
    if (this.#byKey.size >= this.#keysMax) this.#forgetSome();
    state = this.#make();
    this.#byKey.set(key, state);
    return state;
  }

  peek(key: string): T | undefined {
    return this.#byKey.get(key);
  }

  delete(key: string): void {
    this.#byKey.delete(key);
  }

  /** A sixteenth at once, so that a flood of new groups does not pay for each. */
  #forgetSome(): void {
    let left = Math.max(1, this.#keysMax >> 4);
    for (const key of this.#byKey.keys()) {
      this.#byKey.delete(key);
      this.forgotten += 1;
      left -= 1;
      if (left === 0) return;
    }
  }
}
