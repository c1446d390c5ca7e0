// Sigma's `condition`: names of selections with and, or, not, brackets, `1 of name*` and `all of them`.
import type { Predicate } from "./selection.ts";

const TOKEN = /\s*(\(|\)|[A-Za-z0-9_*-]+)/y;

/** The condition as one predicate, or what is wrong with it. */
export function parseCondition(text: string, selections: ReadonlyMap<string, Predicate>): Predicate | string {
  const tokens = tokensOf(text);
  if (typeof tokens === "string") return tokens;
  try {
    const parser = new Parser(tokens, selections);
    const parsed = parser.either();
    return parser.atEnd ? parsed : `"${parser.rest}" is too much in the condition`;
  } catch (error) {
    if (error instanceof ConditionError) return error.message;
    throw error;
  }
}

class ConditionError extends Error {}

function tokensOf(text: string): readonly string[] | string {
  const tokens: string[] = [];
  const trimmed = text.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < trimmed.length) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(trimmed);
    if (found === null) return `"${trimmed.slice(from).trim()}" is nothing that a condition has`;
    tokens.push(found[1] as string);
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly string[];
  readonly #selections: ReadonlyMap<string, Predicate>;
  #at = 0;

  constructor(tokens: readonly string[], selections: ReadonlyMap<string, Predicate>) {
    this.#tokens = tokens;
    this.#selections = selections;
  }

  get atEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  get rest(): string {
    return this.#tokens.slice(this.#at).join(" ");
  }

  either(): Predicate {
    const parts = [this.#both()];
    while (this.#take("or")) parts.push(this.#both());
    return parts.length === 1 ? (parts[0] as Predicate) : (event) => parts.some((matches) => matches(event));
  }

  #both(): Predicate {
    const parts = [this.#one()];
    while (this.#take("and")) parts.push(this.#one());
    return parts.length === 1 ? (parts[0] as Predicate) : (event) => parts.every((matches) => matches(event));
  }

  #one(): Predicate {
    if (this.#take("not")) {
      const inner = this.#one();
      return (event) => !inner(event);
    }
    if (this.#take("(")) {
      const inner = this.either();
      if (!this.#take(")")) throw new ConditionError("a bracket of the condition is not closed");
      return inner;
    }
    const name = this.#next();
    if ((name === "1" || name === "any" || name === "all") && this.#take("of")) return this.#many(name === "all");
    return this.#named(name);
  }

  #many(all: boolean): Predicate {
    const pattern = this.#next();
    const parts = [...this.#selections]
      .filter(([name]) => pattern === "them" || (pattern.endsWith("*") && name.startsWith(pattern.slice(0, -1))))
      .map(([, matches]) => matches);
    if (parts.length === 0) throw new ConditionError(`no selection is meant by ${pattern}`);
    return all
      ? (event) => parts.every((matches) => matches(event))
      : (event) => parts.some((matches) => matches(event));
  }

  #named(name: string): Predicate {
    const found = this.#selections.get(name);
    if (found === undefined) throw new ConditionError(`there is no selection ${name}`);
    return found;
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new ConditionError("the condition ends too early");
    this.#at += 1;
    return token;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at]?.toLowerCase() !== token) return false;
    this.#at += 1;
    return true;
  }
}
