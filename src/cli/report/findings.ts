// Gathers what a report says, event by event, in bounded memory.
import type { SeenEvent } from "./event.ts";
import { ENDPOINTS_MAX, ROWS_MAX } from "./limits.ts";
import { isThere } from "./noise.ts";
import type { Guess, PathGuesser, ValueType } from "./path-guess.ts";
import { ClientTally, Room } from "./tally.ts";
import { Usage } from "./usage.ts";

export type Outcome = "would-deny" | "denied" | "not-judged";

export class Row extends ClientTally {
  readonly outcome: Outcome;
  readonly operation: string;
  /** A reason; of what was not judged the guard, and why. */
  readonly reason: string;

  constructor(room: Room, outcome: Outcome, operation: string, reason: string) {
    super(room);
    this.outcome = outcome;
    this.operation = operation;
    this.reason = reason;
  }
}

/** A method and a guessed template that nobody declared, and that was let through. */
export class Endpoint extends ClientTally {
  readonly method: string;
  readonly template: string;
  readonly types: Set<ValueType>[];
  readonly statuses = new Map<number, number>();
  readonly usage: Usage;

  constructor(room: Room, method: string, { template, types }: Guess) {
    super(room);
    this.method = method;
    this.template = template;
    this.types = types.map((type) => new Set([type]));
    this.usage = new Usage(room);
  }
}

/** In the place of an operation where none matched. */
const NO_OPERATION = "(not declared)";
const OTHERS = "(others)";

export class Findings {
  readonly room = new Room();
  readonly rows = new Map<string, Row>();
  /** Those that were answered at least once as if they were there, and the rest: a scanner fills only the latter. */
  readonly found = new Map<string, Endpoint>();
  readonly notFound = new Map<string, Endpoint>();
  /** By operation. */
  readonly used = new Map<string, Usage>();
  /** Paths in records that hide too much to tell what was asked for. */
  readonly hidden: ClientTally = new ClientTally(this.room);
  readonly #guesser: PathGuesser;

  constructor(guesser: PathGuesser) {
    this.#guesser = guesser;
  }

  add(event: SeenEvent): void {
    const operation = event.operation ?? NO_OPERATION;
    if (event.reason !== undefined) this.#row("denied", operation, event.reason).add(event);
    let isUndeclared = false;
    for (const note of event.notes) {
      if (note.kind === "would-deny" && note.reason !== undefined) {
        this.#row("would-deny", operation, note.reason).add(event);
        isUndeclared ||= UNDECLARED.has(note.reason);
      } else if (note.kind === "not-judged") {
        this.#row("not-judged", operation, `${note.guard}: ${note.text ?? "no reason given"}`).add(event);
      }
    }
    if (event.operation === undefined) {
      if (isUndeclared) this.#endpoint(event);
      return;
    }
    for (const { undeclared } of event.notes) {
      if (undeclared !== undefined) this.#usageOf(event.operation)?.add(undeclared, event);
    }
  }

  #row(outcome: Outcome, operation: string, reason: string): Row {
    const key = `${outcome}\n${operation}\n${reason}`;
    const row = this.rows.get(key);
    if (row !== undefined) return row;
    const isFull = this.rows.size >= ROWS_MAX;
    if (isFull && operation !== OTHERS) {
      this.room.reached.add(`more than ${ROWS_MAX} pairs of operation and reason: further ones are counted together`);
      return this.#row(outcome, OTHERS, OTHERS);
    }
    const made = new Row(this.room, outcome, operation, reason);
    this.rows.set(key, made);
    return made;
  }

  #usageOf(operation: string): Usage | undefined {
    let usage = this.used.get(operation);
    if (usage === undefined && this.room.takeName()) this.used.set(operation, (usage = new Usage(this.room)));
    return usage;
  }

  #endpoint(event: SeenEvent): void {
    // Cut, or shown without its beginning.
    if (!event.path.startsWith("/") || event.path.endsWith("...")) {
      this.hidden.add(event);
      return;
    }
    const guess = this.#guesser.guess(event.path);
    const key = `${event.method} ${guess.template}`;
    let endpoint = this.found.get(key) ?? this.notFound.get(key);
    const isFirstFind = isThere(event.status) && !this.found.has(key);
    if (endpoint === undefined || isFirstFind) {
      const map = isThere(event.status) ? this.found : this.notFound;
      if (map.size >= ENDPOINTS_MAX) {
        this.room.reached.add(`more than ${ENDPOINTS_MAX} endpoints that are not declared: further ones are left out`);
        if (endpoint === undefined) return;
      } else {
        endpoint ??= new Endpoint(this.room, event.method, guess);
        this.notFound.delete(key);
        map.set(key, endpoint);
      }
    }
    endpoint.add(event);
    endpoint.statuses.set(event.status, (endpoint.statuses.get(event.status) ?? 0) + 1);
    for (const [index, type] of guess.types.entries()) endpoint.types[index]?.add(type);
    for (const { undeclared } of event.notes) if (undeclared !== undefined) endpoint.usage.add(undeclared, event);
  }
}

const UNDECLARED: ReadonlySet<string> = new Set(["validation.operation-undeclared", "validation.method-undeclared"]);
