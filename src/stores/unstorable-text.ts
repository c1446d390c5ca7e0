// Tells what no row can hold from a bug: a request that names it is wrongly made, and nobody's fault but its sender's.

/**
 * PostgreSQL takes every character in a text but NUL, also in one that is only compared. `expose`, `statusCode` and the OAuth words are how the
 * protocol core is told what to answer.
 */
export class UnstorableTextError extends Error {
  readonly expose = true;
  readonly statusCode = 400;
  readonly error_description = "a value holds a character that nothing here has";

  constructor(cause: unknown) {
    super("invalid_request", { cause });
    this.name = "UnstorableTextError";
  }
}

/** character_not_in_repertoire */
export function isUnstorable(error: unknown): boolean {
  return (error as { code?: unknown }).code === "22021";
}
