// One limit on trial: is it there, does it say when to come back, and can it be gone around?
import { setTimeout as sleep } from "node:timers/promises";
import type { Finding } from "../../finding.ts";
import { retryAfterMs } from "../../../http/retry-after.ts";
import type { Caller } from "../callers.ts";
import type { ProbeContext } from "../probe.ts";
import type { Subject } from "../subject.ts";
import { type Client, type Exchange, fieldOf, type Reply, type Wire } from "../wire.ts";
import { type Evasion, evasionsOf } from "./limit-evasions.ts";

export interface Trial {
  /** As messages say it: `5 in 1 minute of each subject`. */
  readonly name: string;
  /** Tells it from the other limits of an operation. */
  readonly what: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly subject: Subject | undefined;
  readonly caller: Caller;
  readonly wire: Wire;
  /** A budget of its own for another caller: what comes at once is tried with it. */
  readonly other?: Wire | undefined;
  /** Other operations that spend from the same budget. */
  readonly others?: readonly Other[];
}

export interface Other {
  /** Undefined: what is not declared. */
  readonly subject: Subject | undefined;
  readonly wire: Wire;
}

/** Beyond the limit: one that is off by one or two is not missing. */
const MARGIN = 3;
const AT_ONCE = 25;
/** Shorter windows end while one request waits for the next. */
const WINDOW_MS_MIN = 5_000;
const WAIT_MS_MAX = 2_000;
/** Clocks of two processes, and the time that an answer takes. */
const LATE_MS = 250;
const TOO_MANY = 429;

export async function* tryLimit(trial: Trial, client: Client, context: ProbeContext): AsyncGenerator<Finding> {
  const first = await client.send(trial.wire);
  if (first.reply === undefined) return;
  const began = performance.now();
  const refused = first.reply.status === TOO_MANY ? first : await exhausted(trial, client);
  const { subject, what } = trial;
  if (refused === "none") {
    if (performance.now() - began > trial.windowMs) return;
    yield context.finding({
      rule: "dynamic.limit-missing",
      subject,
      what,
      message: `${trial.limit + MARGIN} requests were served; the policy allows ${trial.name}`,
      confidence: "certain",
      evidence: [first],
    });
    return;
  }
  yield* evaded(trial, first, refused, client, context);
  yield* elsewhere(trial, refused, client, context);
  yield* comingBack(trial, refused, client, context);
}

/** The first refusal; `none` where the limit and more were served. */
async function exhausted({ limit, windowMs, wire }: Trial, client: Client): Promise<Exchange | "none"> {
  const wanted = limit + MARGIN - 1;
  const atOnce = windowMs < WINDOW_MS_MIN ? wanted : limit > AT_ONCE * 2 ? AT_ONCE : 1;
  for (let sent = 0; sent < wanted; sent += atOnce) {
    const count = Math.min(atOnce, wanted - sent);
    // Over connections that are there already: a handshake for each would take most of the time.
    const some = await Promise.all(Array.from({ length: count }, () => client.send(wire)));
    const refused = some.find(({ reply }) => reply?.status === TOO_MANY);
    if (refused !== undefined) return refused;
  }
  return "none";
}

async function* evaded(
  trial: Trial,
  first: Exchange,
  refused: Exchange,
  client: Client,
  context: ProbeContext,
): AsyncGenerator<Finding> {
  const { wire, subject, caller } = trial;
  const known = new Set<string>();
  for (const evasion of await evasionsOf(wire, subject, caller, context)) {
    if (known.has(evasion.parameter)) continue;
    const tried = await throughTwice(evasion, trial, first, client);
    if (tried === undefined) continue;
    known.add(evasion.parameter);
    yield context.finding({
      rule: "dynamic.limit-evaded",
      subject,
      parameter: evasion.parameter,
      what: `${trial.what} ${evasion.what}`,
      message: `The limit of ${trial.name} does not hold by ${evasion.what}`,
      confidence: "certain",
      evidence: [first, refused, tried],
      say: ["Within the limit.", "Beyond it.", "Beyond it, and served."],
    });
  }
  if (trial.other === undefined) return;
  const many = Array.from({ length: trial.limit + MARGIN }, () => trial.other as Wire);
  const answers = await client.together(many);
  const served = answers.filter(({ reply }) => reply !== undefined && reply.status === first.reply?.status);
  if (served.length <= trial.limit) return;
  yield context.finding({
    rule: "dynamic.limit-evaded",
    subject,
    parameter: "connection",
    what: `${trial.what} at once`,
    message: `${served.length} requests at once were served; the policy allows ${trial.name}`,
    confidence: "certain",
    evidence: served.slice(0, 1),
  });
}

/** Every operation that spends from the same budget must refuse, too. */
async function* elsewhere(
  { name, what, wire, others = [] }: Trial,
  refused: Exchange,
  client: Client,
  context: ProbeContext,
): AsyncGenerator<Finding> {
  for (const other of others) {
    const tried = await client.send(other.wire, { timeoutMs: WAIT_MS_MAX });
    if (tried.reply?.status === TOO_MANY) continue;
    if ((await client.send(wire)).reply?.status !== TOO_MANY) return;
    const { operation } = other.subject ?? {};
    yield context.finding({
      rule: "dynamic.limit-missing",
      subject: other.subject,
      what: `${what} elsewhere`,
      message: `The limit of ${name} is spent, and ${operation ? `${operation.method} ${operation.template}` : "what is not declared"} is answered all the same`,
      confidence: "certain",
      evidence: [refused, tried],
      say: ["It is spent.", "It should hold here, too."],
    });
  }
}

/** Served beyond the limit, which still holds otherwise; and served again. */
async function throughTwice(
  evasion: Evasion,
  { wire }: Trial,
  first: Exchange,
  client: Client,
): Promise<Exchange | undefined> {
  let tried: Exchange | undefined;
  for (let times = 0; times < 2; times += 1) {
    tried = await client.send(evasion.wire(), evasion.options ?? {});
    // A 404 of the gate is none of the API's.
    if (tried.reply === undefined || !isAlike(tried.reply, first.reply)) return undefined;
    const plain = await client.send(wire);
    if (plain.reply?.status !== TOO_MANY) return undefined;
  }
  return tried;
}

function isAlike(one: Reply, other: Reply | undefined): boolean {
  return one.status === other?.status && one.from === other.from;
}

async function* comingBack(
  { subject, what, wire, windowMs, name }: Trial,
  { reply }: Exchange,
  client: Client,
  context: ProbeContext,
): AsyncGenerator<Finding> {
  const wrong = (case_: string, message: string, evidence: readonly Exchange[]) =>
    context.finding({ rule: "dynamic.retry-after-wrong", subject, what: `${what} ${case_}`, message, evidence });
  // Time has gone by since the first refusal: what counts is what is said now.
  const now = await client.send(wire);
  if (now.reply?.status !== TOO_MANY || reply === undefined) return;
  const value = fieldOf(now.reply, "retry-after");
  const waitMs = retryAfterMs(value, Date.now());
  if (waitMs === undefined) {
    yield wrong("missing", `The refusal beyond ${name} does not say when to come back`, [now]);
    return;
  }
  if (waitMs > Math.max(windowMs, 1000) + 1000) {
    yield wrong("too long", `Retry-After says ${value ?? ""}, which is longer than the window of ${name}`, [now]);
    return;
  }
  if (waitMs > WAIT_MS_MAX) return;
  await sleep(waitMs + LATE_MS, undefined, { signal: context.signal });
  const after = await client.send(wire);
  if (after.reply?.status !== TOO_MANY) return;
  yield wrong("untrue", `Retry-After said ${value ?? ""}, and the next request was refused all the same`, [now, after]);
}
