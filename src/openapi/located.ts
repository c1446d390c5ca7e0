// A node of a document together with where it stands, so that every message can name file and line.

/** A JSON value and its place: the file (as the user named it) and the JSON Pointer inside it (RFC 6901, `""` is the root). */
export interface Located<T = unknown> {
  readonly value: T;
  readonly file: string;
  readonly pointer: string;
}

/** The name of a place, the same for every node that stands there: for sets of what was seen. */
export function placeKey({ file, pointer }: Omit<Located, "value">): string {
  return `${file}#${pointer}`;
}

/** A place for people: 1-based line and column. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Something wrong in a document or configuration: where, what was expected, what to do. */
export interface Problem {
  readonly severity: "error" | "warning" | "advice";
  /** Stable rule name: `openapi.reference-unresolved`, `configuration.unknown-key`. */
  readonly rule: string;
  readonly message: string;
  readonly remedy: string | undefined;
  readonly position: Position | undefined;
}

/** Its position is looked up when it is shown: that may need the whole text again, and most advice is never shown. */
export function placed(problem: Omit<Problem, "position">, find: () => Position | undefined): Problem {
  let position: Position | undefined;
  return {
    ...problem,
    get position() {
      return (position ??= find());
    },
  };
}

/** Broken document or configuration: all problems at once. Stops the start. */
export class ProblemsError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(asLine).join("\n"));
    this.name = "ProblemsError";
    this.problems = problems;
  }
}

/** Whoever meets the error in code sees where it is and what to do as well. */
function asLine({ position, message, remedy }: Problem): string {
  const where =
    position === undefined || position.line < 1 ? "" : `${position.file}:${position.line}:${position.column}: `;
  return remedy === undefined || remedy === "" ? where + message : `${where}${message.replace(/\.$/, "")}. ${remedy}`;
}
