// A set that nobody can add to: a principal is shared by all requests of its token, also with code of the API.

export class SealedSet extends Set<string> {
  #sealed = false;

  constructor(values: Iterable<string>) {
    super();
    for (const value of values) super.add(value);
    this.#sealed = true;
    Object.freeze(this);
  }

  override add(value: string): this {
    if (this.#sealed) throw new TypeError("the scopes of a principal do not change");
    return super.add(value);
  }

  override delete(): boolean {
    throw new TypeError("the scopes of a principal do not change");
  }

  override clear(): void {
    throw new TypeError("the scopes of a principal do not change");
  }
}
