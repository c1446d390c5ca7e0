// Collects all mistakes of a document, so that its owner sees them at once; their lines are looked up only when shown.
import type { DocumentSet } from "./document.ts";
import { type Located, placed, type Problem, ProblemsError } from "./located.ts";
import { isObject, memberOf, pointerTo } from "./pointer.ts";

export class Findings {
  readonly set: DocumentSet;
  readonly errors: Problem[] = [];
  readonly warnings: Problem[] = [];
  readonly #seen = new Set<string>();
  /** Pointers in the root document that something was said about. */
  readonly #places: string[] = [];

  constructor(set: DocumentSet) {
    this.set = set;
  }

  /** A mistake that stops the start. `key` names the member of `at` that it stands in. */
  error(rule: string, at: Located, message: string, remedy: string | undefined, key?: string): void {
    this.#add("error", rule, at, message, remedy, key);
  }

  warn(rule: string, at: Located, message: string, remedy: string | undefined, key?: string): void {
    this.#add("warning", rule, at, message, remedy, key);
  }

  /** What `work` gives; where it throws problems, they are collected and it gives undefined. */
  attempt<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      for (const problem of error.problems) {
        const { file, line, column } = problem.position ?? { file: "", line: 0, column: 0 };
        const key = `${problem.rule} ${file}:${line}:${column} ${problem.message}`;
        if (!this.#seen.has(key)) this.errors.push(problem);
        this.#seen.add(key);
      }
      return undefined;
    }
  }

  /** The node behind its references; undefined, with the mistake noted, where there is none. */
  follow(at: Located): Located | undefined {
    return this.attempt(() => this.set.follow(at));
  }

  /** The node behind its references if it is an object; undefined, with the mistake noted, where it is none. */
  object(at: Located, what: string): Located<Record<string, unknown>> | undefined {
    const node = this.follow(at);
    if (node === undefined) return undefined;
    if (isObject(node.value)) return node as Located<Record<string, unknown>>;
    this.error("openapi.structure", node, `${what} must be an object`, undefined);
    return undefined;
  }

  /** The members of an object node that describe something, `x-` extensions left out. Nothing where the node is absent. */
  members(at: Located, what: string): string[] {
    return this.names(at, what).filter((key) => !key.startsWith("x-"));
  }

  /** The same where names are free, so that `x-` is no extension: fields of an answer. */
  names(at: Located, what: string): string[] {
    if (at.value === undefined) return [];
    if (isObject(at.value)) return Object.keys(at.value);
    this.error("openapi.structure", at, `${what} must be an object`, undefined);
    return [];
  }

  /** A member that must be a string where it is given. */
  text(at: Located, key: string, required = false): string | undefined {
    const value = memberOf(at.value, key);
    if (typeof value === "string" && value !== "") return value;
    if (value !== undefined) this.error("openapi.structure", at, `"${key}" must be a text`, undefined, key);
    else if (required) this.error("openapi.structure", at, `"${key}" is missing`, `Add "${key}".`);
    return undefined;
  }

  /** A member that must be true or false where it is given. */
  flag(at: Located, key: string, otherwise: boolean): boolean {
    const value = memberOf(at.value, key);
    if (typeof value === "boolean") return value;
    if (value !== undefined) this.error("openapi.structure", at, `"${key}" must be true or false`, undefined, key);
    return otherwise;
  }

  /** A member that must be a list where it is given: its items. */
  list(at: Located, key: string): Located[] | undefined {
    const list = this.set.child(at, key);
    if (list.value === undefined) return undefined;
    if (Array.isArray(list.value)) return list.value.map((_, i) => this.set.child(list, i));
    this.error("openapi.structure", at, `"${key}" must be a list`, listRemedy(key), key);
    return [];
  }

  /** Whether something was said about this place of the root document, a place above it or below it. */
  covers(pointer: string): boolean {
    return this.#places.some((place) => isWithin(place, pointer) || isWithin(pointer, place));
  }

  #add(
    severity: "error" | "warning",
    rule: string,
    at: Located,
    message: string,
    remedy: string | undefined,
    key: string | undefined,
  ): void {
    const { set } = this;
    const pointer = key === undefined ? at.pointer : pointerTo(at.pointer, key);
    const seen = `${rule} ${at.file}#${pointer} ${message}`;
    if (this.#seen.has(seen)) return;
    this.#seen.add(seen);
    if (at.file === set.root.file && pointer !== "") this.#places.push(pointer);
    const problem = placed({ severity, rule, message, remedy }, () => set.position(at, key));
    (severity === "error" ? this.errors : this.warnings).push(problem);
  }
}

function isWithin(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`);
}

function listRemedy(key: string): string {
  return key === "security" ? "Write a list, even of one: [{ bearer: [] }]." : "Write a list, even of one: [a].";
}
