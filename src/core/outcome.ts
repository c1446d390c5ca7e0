// What a guard says of an exchange: continue, deny with a reason, or replace the bytes that go on.
import type { FieldLines } from "../http/fields.ts";
import type { ReasonCode } from "./reasons/registry.ts";
import type { Undeclared } from "./undeclared.ts";

/** One place in a request or answer that does not fit, in a sentence that never carries the value. */
export interface Violation {
  readonly in: "path" | "query" | "header" | "cookie" | "body" | "answer";
  /** JSON Pointer into a body, or the name of a parameter or field. */
  readonly at: string;
  /** A sentence for the client: "password must be at least 12 characters". */
  readonly message: string;
}

export interface Denial {
  readonly kind: "deny";
  readonly reason: ReasonCode;
  /** In place of the reason's own: an error of the API keeps its status where only its body is refused. */
  readonly status?: number;
  /** A public sentence beside the reason's title. Never carries a value from the request. */
  readonly detail?: string;
  readonly violations?: readonly Violation[];
  /** Field lines for the answer: WWW-Authenticate, Retry-After, Allow, Accept. */
  readonly lines?: FieldLines;
  /** For the owner's record only, never for the client: what was wrong in detail. No secret either. */
  readonly internal?: string;
  /** For the record: what it was that the document lacks. */
  readonly undeclared?: Undeclared;
}

export interface Replacement {
  readonly kind: "replace";
  readonly bytes: Uint8Array;
  /** What was changed, for the record: `sanitized`, `stripped`. */
  readonly what: string;
  readonly at?: readonly string[];
}

/** A successful answer that the gate itself gives: a CORS preflight. */
export interface Answered {
  readonly kind: "answer";
  readonly status: number;
  readonly lines: FieldLines;
  readonly body?: Uint8Array;
}

export interface Continue {
  readonly kind: "continue";
}

export type Outcome = Continue | Denial | Replacement | Answered;

/** What ends an exchange before the upstream is asked. */
export type Ending = Denial | Answered;

/** The one outcome of a guard that has nothing to say. */
export const CONTINUE: Continue = Object.freeze({ kind: "continue" });

/** A denial with its reason and what goes with it. */
export function deny(reason: ReasonCode, more?: Omit<Denial, "kind" | "reason">): Denial {
  return { kind: "deny", reason, ...more };
}
