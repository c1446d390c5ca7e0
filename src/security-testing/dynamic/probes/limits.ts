// Every limit of the policy, sent its number and a few more: the gate counts, and so should the API behind it.
import type { LimitSettings } from "../../../configuration/settings.ts";
import type { Finding, Untested } from "../../finding.ts";
import { allowedRequest, countedRequest, isServed } from "../answers.ts";
import type { Caller } from "../callers.ts";
import type { ApiProbe, Limited, ProbeContext } from "../probe.ts";
import type { Subject } from "../subject.ts";
import { type Client, fieldOf } from "../wire.ts";
import { type Other, type Trial, tryLimit } from "./limit-trial.ts";

const AT_ONCE_MAX = 100;
/** Parts of a key that a credential proves. */
const PROVEN: ReadonlySet<string> = new Set(["subject", "client", "claim", "api-key"]);
/** Parts of a key that callers of the run may lack. */
const UNSURE: ReadonlySet<string> = new Set(["client", "claim", "api-key"]);

export const limits: ApiProbe = {
  id: "limits",
  rules: ["dynamic.limit-missing", "dynamic.limit-evaded", "dynamic.retry-after-wrong"],
  per: "api",
  async *run(context) {
    for (const one of chosen(context.subjects)) {
      await context.reset();
      const limited = await context.limited();
      try {
        yield* tryOne(one, limited, context);
      } finally {
        await limited.close();
      }
    }
  },
};

async function* tryOne(
  { limit, subject, isReached }: Chosen,
  { client, isShared }: Limited,
  context: ProbeContext,
): AsyncGenerator<Finding | Untested> {
  const what = `the limit ${limit.name} of ${subject.operation.method} ${subject.operation.template}`;
  const asked = await allowedRequest(subject, context);
  if (asked === undefined) {
    yield context.untested(what, "no request of the operation can be made");
    return;
  }
  const { caller, wire } = asked;
  if (limit.key.some((part) => UNSURE.has(part)) && limit.fallback === undefined) {
    const first = await client.send(wire);
    if (!isNamed(limit.name, first.reply && fieldOf(first.reply, "ratelimit-policy"))) {
      yield context.untested(what, `no caller of this run has what it counts by: ${limit.key.join(", ")}`, true);
      return;
    }
  }
  const { requests, exceeded } = context.spending.limits;
  if (limit.limit > requests || !isReached || isShared) {
    yield* believed(limit, subject, client, context, wire);
    if (context.target.layer === "gate" && !isShared) {
      const because = isReached ? `it allows ${exceeded}` : "it slows down, or a tighter one refuses before";
      yield context.untested(`that ${what} refuses`, `${because}; only that it is counted down was looked at`, true);
    }
    return;
  }
  // What the API does not do for a stranger it need not count.
  if (context.target.layer === "upstream" && !isServed(await client.send(wire))) return;
  const other = limit.key.includes("subject") ? await context.callers.allowed(subject.operation.id, "b") : undefined;
  const trial: Trial = {
    name: `${limit.limit} in ${durationOf(limit.windowMs)}`,
    what: limit.name,
    limit: limit.limit,
    windowMs: limit.windowMs,
    subject,
    caller,
    wire,
    other:
      other === undefined || other.subject === caller.subject || limit.limit > AT_ONCE_MAX || !subject.isSafe
        ? undefined
        : context.requests.wire(subject, asked.values, other),
    others: await sharing(limit, subject, caller, context),
  };
  yield* tryLimit(trial, client, context);
}

/** Other operations at the gate that spend from the budget of this caller. */
async function sharing(
  limit: LimitSettings,
  subject: Subject,
  caller: Caller,
  context: ProbeContext,
): Promise<readonly Other[]> {
  if (context.target.layer !== "gate" || limit.key.includes("operation")) return [];
  const others: Other[] = [];
  for (const other of context.subjects) {
    const { policy, isPublic } = other;
    const isShared = policy.limits.some((one) => one.limit === limit) && policy.rateLimitingMode === "enforce";
    if (other === subject || isPublic !== subject.isPublic || !isShared) continue;
    const counted = await countedRequest(other, context);
    if (counted === undefined || counted.caller.subject !== caller.subject) continue;
    // Another issuer's token, and another key, is another one's budget to a gate: the person behind both is known to the test alone.
    if (limit.key.some((part) => PROVEN.has(part)) && counted.caller.countedAs !== caller.countedAs) continue;
    others.push({ subject: other, wire: counted.wire });
  }
  return others;
}

/** Too many to be sent, others refuse or delay before, or others would be refused, too: whether the gate says that it counts down. */
async function* believed(
  limit: LimitSettings,
  subject: Subject,
  client: Client,
  context: ProbeContext,
  wire: Trial["wire"],
): AsyncGenerator<Finding | Untested> {
  if (context.target.layer !== "gate") return;
  const [first, second] = [await client.send(wire), await client.send(wire)];
  const left = [first, second].map(({ reply }) => remaining(limit.name, reply && fieldOf(reply, "ratelimit")));
  if (left[0] !== undefined && left[1] !== undefined && left[1] < left[0]) return;
  if ([first, second].some(({ reply }) => reply?.status === 429)) return;
  const { reason = "" } = first.reply ?? {};
  // Who is not let in is not counted as who they say they are.
  if (first.reply === undefined || /^(?:authentication|authorization)\./.test(reason)) {
    const why = reason === "" ? "nothing was answered" : `the gate does not let in who may use it: ${reason}`;
    yield context.untested(`the limit ${limit.name} of ${subject.operation.method} ${subject.operation.template}`, why);
    return;
  }
  yield context.finding({
    rule: "dynamic.limit-missing",
    subject,
    what: limit.name,
    message: `Nothing counts down the limit of ${limit.limit} in ${durationOf(limit.windowMs)} that the policy has`,
    confidence: "firm",
    evidence: [first, second],
  });
}

interface Chosen {
  readonly limit: LimitSettings;
  /** Where it is tried. */
  readonly subject: Subject;
  /** No other limit there refuses before, and it does not slow down. */
  readonly isReached: boolean;
}

/** Each limit once, with the operation at which it is tried: where nothing else refuses, what only reads, what asks for the least. */
function chosen(subjects: readonly Subject[]): readonly Chosen[] {
  const found = new Map<string, Chosen>();
  for (const subject of subjects.toSorted((a, b) => costOf(a) - costOf(b))) {
    const { policy, isPublic } = subject;
    if (policy.rateLimitingMode !== "enforce") continue;
    for (const { limit, scope } of policy.limits) {
      if (isPublic && !limit.key.includes("address") && limit.fallback === undefined) continue;
      // Those who are known spend budgets of their own, those who are not that of their address.
      const key = JSON.stringify([scope, limit.name, limit.limit, limit.windowMs, limit.key, isPublic]);
      const isTightest = policy.limits.every((other) => other.limit.limit >= limit.limit);
      const isReached = isTightest && limit.slowdown === undefined;
      if (!found.has(key) || (isReached && found.get(key)?.isReached === false)) {
        found.set(key, { limit, subject, isReached });
      }
    }
  }
  return [...found.values()];
}

function costOf({ isSafe, isPublic, operation }: Subject): number {
  const names = operation.template.split("{").length - 1;
  return (isSafe ? 0 : 100) + (isPublic ? 10 : 0) + names;
}

function isNamed(name: string, value: string | undefined): boolean {
  return value?.includes(`"${name}"`) === true;
}

/** `r` of the item of that name in RateLimit. */
function remaining(name: string, value: string | undefined): number | undefined {
  const item = value?.split(",").find((item) => item.trim().startsWith(`"${name}"`));
  const left = /;\s*r=(\d+)/.exec(item ?? "")?.[1];
  return left === undefined ? undefined : Number(left);
}

export function durationOf(ms: number): string {
  if (ms % 60_000 === 0) return ms === 60_000 ? "a minute" : `${ms / 60_000} minutes`;
  return ms === 1000 ? "a second" : `${ms / 1000} seconds`;
}
