// An attack on one place of a request, and what proves that it has worked.
import type { Confidence } from "../../finding.ts";
import type { Severity } from "../../rule.ts";
import type { OutOfBand } from "../probe.ts";
import type { Exchange } from "../wire.ts";
import type { Answered } from "../inputs/ground.ts";
import type { Slot } from "../inputs/slot.ts";

export type { Answered } from "../inputs/ground.ts";

/** A place, and the way to put something there. */
export interface Aim {
  readonly slot: Slot;
  /** A value that fits, as text. */
  readonly usual: string;
  /** What came for the usual values. */
  readonly before: Answered;
  /** Undefined: it does not get to the API, since it does not fit where the gate validates, or nothing came back. */
  send(value: unknown): Promise<Answered | undefined>;
  /** In the way that readers of queries make an object of: `name[member]=value`. */
  sendMember(member: string, value: string): Promise<Answered | undefined>;
  /** Of five digits, another each time. */
  number(): number;
  /** Of twelve letters, another each time. */
  word(): string;
  listener(): Promise<OutOfBand>;
}

export interface Proof {
  /** Tells two ways apart, in words that the next run uses again. */
  readonly what: string;
  /** Completes "METHOD /path:". */
  readonly message: string;
  readonly evidence: readonly Exchange[];
  readonly say: readonly string[];
  readonly confidence?: Confidence;
  readonly severity?: Severity;
}

export interface Attack {
  readonly rule: string;
  suits(slot: Slot): boolean;
  run(aim: Aim): Promise<Proof | undefined>;
}

export function bodyText({ reply }: Answered): string {
  return reply.body.toString("utf8");
}

/** Texts go anywhere a text may stand. */
export function takesText({ schema: { types } }: Slot): boolean {
  return types.length === 0 || types.includes("string");
}

/** What tells two answers apart for whoever looks at what they hold, not at times and ids in it. */
export function outlineOf({ reply }: Answered): string {
  let value: unknown;
  try {
    value = JSON.parse(reply.body.toString("utf8"));
  } catch {
    return `${reply.status} ${reply.body.length}`;
  }
  return `${reply.status} ${JSON.stringify(value, (_key, member: unknown) => (typeof member === "string" || typeof member === "number" ? 0 : member))}`;
}
