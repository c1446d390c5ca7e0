// How probes look at answers and make requests, in the words that all of them use.
import type { Caller } from "./callers.ts";
import type { ProbeContext } from "./probe.ts";
import type { RequestValues } from "./requests.ts";
import { isEndless, type Subject } from "./subject.ts";
import type { Exchange, Wire } from "./wire.ts";

export interface Allowed {
  readonly caller: Caller;
  readonly values: RequestValues;
  readonly wire: Wire;
  /** What the path names was made in this run. */
  readonly isOwn: boolean;
}

/** A request that document and policy allow, of someone who may; undefined where none can be made, or where its answer has no end. */
export async function allowedRequest(
  subject: Subject,
  { callers, requests }: ProbeContext,
  user: "a" | "b" = "a",
): Promise<Allowed | undefined> {
  const caller = isEndless(subject) ? undefined : await callers.allowed(subject.operation.id, user);
  if (caller === undefined) return undefined;
  const values = await requests.prepare(subject, caller);
  if ("why" in values) return undefined;
  const isOwn = requests.isOwn(subject, values);
  return { caller, values, wire: requests.wire(subject, values, caller), isOwn };
}

/**
 * A request that a gate counts, and that changes nothing: it names nothing that is there, and where it could change something its
 * body can be read by nobody. Undefined where the gate would let such a body pass, and what it meets might be real.
 */
export async function countedRequest(
  subject: Subject,
  context: ProbeContext,
  caller?: Caller,
): Promise<{ readonly caller: Caller; readonly wire: Wire } | undefined> {
  const { callers, requests } = context;
  const who = caller ?? (await callers.allowed(subject.operation.id));
  const values = requests.invent(subject);
  if (who === undefined || "why" in values) return undefined;
  if (subject.isSafe) return { caller: who, wire: requests.wire(subject, values, who) };
  if (subject.policy.validation.requests !== "enforce" && !context.mayChange(subject, false)) return undefined;
  const broken = { ...values, body: '{"', mediaType: "application/json" };
  return { caller: who, wire: requests.wire(subject, broken, who) };
}

/** It was done: 2xx. */
export function isServed({ reply }: Exchange): boolean {
  return reply !== undefined && reply.status >= 200 && reply.status < 300;
}

/** What is said where nothing is, or where nobody can be reached. */
const NOTHING_THERE: ReadonlySet<number> = new Set([404, 405, 410, 501, 502, 503, 504]);

/** Something answers that does not answer the other one: neither is nothing there, nor is it sent on. */
export function isAnsweredUnlike({ reply }: Exchange, control: Exchange): boolean {
  if (reply === undefined || (reply.status >= 300 && reply.status < 400)) return false;
  return !NOTHING_THERE.has(reply.status) && reply.status !== control.reply?.status;
}

/** The gate let it pass, whatever the API said. With `--observe` it lets everything pass. */
export function isPassed({ reply, layer }: Exchange, { settings }: ProbeContext): boolean {
  return layer === "gate" && !settings.observe && reply?.from === "api";
}

/** The target of a request without what follows a question mark. */
export function pathOf({ target }: Wire): string {
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.slice(0, mark);
}

/** The same request to another path; the query stays. */
export function withPath(wire: Wire, path: string): Wire {
  return { ...wire, target: path + wire.target.slice(pathOf(wire).length) };
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** A word that nothing is named by. */
export function freshWord(context: ProbeContext, length = 10): string {
  return Array.from({ length }, () => oneOf(LETTERS, context)).join("");
}

/** A value of the same form that names nothing: digits become digits, letters letters. */
export function sameShape(value: string, context: ProbeContext): string {
  const any = (from: string) => oneOf(from, context);
  return value.replaceAll(/[0-9a-z]/gi, (character) => {
    if (/[0-9]/.test(character)) return any("123456789");
    if (/[a-f]/.test(character)) return any("abcdef");
    return any(/[A-Z]/.test(character) ? LETTERS.toUpperCase() : LETTERS);
  });
}

function oneOf(characters: string, context: ProbeContext): string {
  return characters[Math.floor(context.random() * characters.length)] as string;
}
