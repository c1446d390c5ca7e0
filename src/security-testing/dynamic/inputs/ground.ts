// What an attack on an operation's inputs starts from: a request that is in order, who sends it, and what came back.
import type { Caller } from "../callers.ts";
import type { ProbeContext } from "../probe.ts";
import type { RequestValues } from "../requests.ts";
import type { Subject } from "../subject.ts";
import type { Exchange, Field, Reply } from "../wire.ts";
import { Fits } from "./fits.ts";
import { type Slot, slotsOf } from "./slot.ts";

export type Answered = Exchange & { readonly reply: Reply };

export interface Ground {
  readonly subject: Subject;
  readonly context: ProbeContext;
  readonly caller: Caller;
  readonly values: RequestValues;
  readonly before: Answered;
  readonly slots: readonly Slot[];
  readonly fits: Fits;
  /** The gate is to refuse what does not fit: so says the policy. */
  readonly isGuarded: boolean;
  send(values: RequestValues, more?: Changes): Promise<Answered | undefined>;
}

/** To the request of these values. */
export interface Changes {
  /** Behind the query that there is: `&limit=1`. */
  readonly query?: string;
  /** In place of the fields with these names. */
  readonly fields?: readonly Field[];
  readonly without?: string;
  readonly timeoutMs?: number;
}

const FITS = new WeakMap<ProbeContext["api"], Fits>();

function fitsOf({ api }: ProbeContext): Fits {
  let fits = FITS.get(api);
  if (fits === undefined) FITS.set(api, (fits = new Fits(api.set)));
  return fits;
}

/** Nothing that a caller of the operation fills: then no request is made for it. */
export function hasInputs({ operation }: Subject): boolean {
  return operation.parameters.length > 0 || operation.requestBody !== undefined;
}

/** Why there is nothing to start from. */
export interface Groundless {
  readonly why: string;
  /** It was asked for, or another probe tells of it. */
  readonly isExpected: boolean;
}

export async function groundOf(subject: Subject, context: ProbeContext): Promise<Ground | Groundless> {
  const { operation, policy } = subject;
  const caller = subject.isPublic ? context.callers.nobody : await context.callers.allowed(operation.id);
  if (caller === undefined) return { why: "nobody can be had who may use it", isExpected: true };
  const values = await context.requests.prepare(subject, caller);
  if ("why" in values) return { why: values.why, isExpected: false };
  const isNamed = operation.parameters.some((parameter) => parameter.in === "path");
  // What a DELETE without a name ends is the caller's own session or all there is.
  const isOwn = context.requests.isOwn(subject, values) && (isNamed || operation.method !== "DELETE");
  if (!context.mayChange(subject, isOwn)) return { why: "it may destroy what the run did not make", isExpected: true };
  const send: Ground["send"] = async (values, changes) => {
    const wire = changed(context.requests.wire(subject, values, caller), changes);
    const exchange = await context.client.send(
      wire,
      changes?.timeoutMs === undefined ? {} : { timeoutMs: changes.timeoutMs },
    );
    return exchange.reply === undefined ? undefined : { ...exchange, reply: exchange.reply };
  };
  const before = await send(values);
  if (before === undefined) return { why: "nothing was answered", isExpected: false };
  if (isStopped(before)) return { why: `the gate refuses it: ${before.reply.reason ?? ""}`, isExpected: false };
  return {
    subject,
    context,
    caller,
    values,
    before,
    slots: slotsOf(operation, values.mediaType, context.api.set),
    fits: fitsOf(context),
    isGuarded: context.target.layer === "gate" && policy.validation.requests === "enforce",
    send,
  };
}

const OF_INPUT = /^validation\.(?!response-|error-)|^transport\.(?:target|fields|framing|body)-/;
/** What was asked for reached the API; what that answered may not leave. */
const OF_ANSWER = /^validation\.(?:response-|error-)|^transport\.upstream-/;

/** The gate refused what was sent, not who sent it or how often. */
export function isRefusedInput({ from, reason = "" }: Reply): boolean {
  return from === "gate" && OF_INPUT.test(reason);
}

/** It got to the API, whatever came of it. */
export function isLetThrough({ from, reason = "" }: Reply): boolean {
  return from === "api" || OF_ANSWER.test(reason);
}

/** Refused by the gate for another reason than what was sent. */
export function isStopped({ reply }: Answered): boolean {
  return !isLetThrough(reply) && !isRefusedInput(reply);
}

export function isSuccess({ reply: { status } }: Answered): boolean {
  return status >= 200 && status < 300;
}

type Wire = Exchange["wire"];

function changed(wire: Wire, { query = "", fields, without }: Changes = {}): Wire {
  const mark = query === "" || wire.target.includes("?") ? query : `?${query.slice(1)}`;
  const replaced = new Set([without, ...(fields ?? []).map(([name]) => name)].map((name) => name?.toLowerCase()));
  const kept = wire.fields.filter(([name]) => !replaced.has(name.toLowerCase()));
  return { ...wire, target: wire.target + mark, fields: [...kept, ...(fields ?? [])] };
}
