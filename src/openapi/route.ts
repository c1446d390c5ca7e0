// A path template and a method, and what they lead to.

export interface Route<T> {
  readonly method: string;
  /** As documents write it, with its base path. */
  readonly template: string;
  readonly value: T;
}
