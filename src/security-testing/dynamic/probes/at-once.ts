// How many requests may be under way at once (CWE-770): heads are sent whose bodies never come, so that each keeps its place.
import type { ScopedConcurrency } from "../../../configuration/compose/operation-policy.ts";
import type { ConcurrencySettings } from "../../../configuration/settings.ts";
import type { Finding, Untested } from "../../finding.ts";
import { allowedRequest } from "../answers.ts";
import { messageOf } from "../client/message.ts";
import type { ApiProbe, Limited, ProbeContext } from "../probe.ts";
import type { Subject } from "../subject.ts";
import type { Exchange, Wire } from "../wire.ts";

/** More connections are not opened for one proof. */
const PLACES_MAX = 60;
const MARGIN = 3;
/** The last of them must come while the first still waits. */
const HELD_MS = 4_000;
const TIMES = 2;
const REFUSED: ReadonlySet<number> = new Set([429, 503]);

export const atOnce: ApiProbe = {
  id: "at-once",
  rules: ["dynamic.limit-missing"],
  per: "api",
  async *run(context) {
    if (context.target.layer !== "gate" || context.settings.observe) return;
    for (const [limit, subject] of chosen(context.subjects)) {
      const what = `how many requests ${limit.name} lets be under way at once`;
      const places = limit.limit + limit.queue;
      const asked = subject && (await allowedRequest(subject, context));
      if (subject === undefined || asked === undefined || asked.caller.proof !== undefined || places > PLACES_MAX) {
        yield context.untested(
          what,
          "no operation with a body, or too many places: only a slow API would show it",
          true,
        );
        continue;
      }
      yield* tried(limit, subject, asked.wire, what, context);
    }
  },
};

async function* tried(
  limit: ConcurrencySettings,
  subject: Subject,
  wire: Wire,
  what: string,
  context: ProbeContext,
): AsyncGenerator<Finding | Untested> {
  const places = limit.limit + limit.queue;
  for (let times = 0; times < TIMES; times += 1) {
    const limited = await context.limited();
    try {
      if (limited.isShared) return;
      const statuses = await held(wire, places + MARGIN, limited, context);
      if (statuses.some((status) => REFUSED.has(status))) return;
      if (statuses.filter((status) => status === 0).length <= places) {
        yield context.untested(what, `requests without their bodies are answered ${statuses[0] ?? 0}`);
        return;
      }
    } finally {
      await limited.close();
    }
  }
  yield context.finding({
    rule: "dynamic.limit-missing",
    subject,
    what: limit.name,
    message: `${places + MARGIN} requests were under way at once; the policy lets ${limit.limit} be, and ${limit.queue} wait`,
    confidence: "firm",
    evidence: [unanswered(wire, context)],
    say: ["A head whose body never comes, so many times at once: none was refused."],
  });
}

/** The status of each request, 0 where none came: it keeps its place. */
function held(wire: Wire, count: number, { client }: Limited, { target }: ProbeContext): Promise<readonly number[]> {
  const length = wire.body === undefined ? 2 : Buffer.byteLength(wire.body);
  const fields = [...wire.fields, ["Content-Length", String(length)] as const];
  const head = messageOf({ ...wire, fields, body: undefined }, target.authority);
  const one = async () => statusIn(await client.raw(head, HELD_MS));
  return Promise.all(Array.from({ length: count }, one));
}

function statusIn(bytes: Buffer): number {
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(bytes.toString("latin1"))?.[1] ?? 0);
}

function unanswered(wire: Wire, { target }: ProbeContext): Exchange {
  return { wire, reply: undefined, layer: target.layer };
}

/** Each limit once, with an operation that takes a body, where there is one. */
function chosen(subjects: readonly Subject[]): readonly (readonly [ConcurrencySettings, Subject | undefined])[] {
  const found = new Map<string, readonly [ConcurrencySettings, Subject | undefined]>();
  const keyOf = ({ limit, scope }: ScopedConcurrency) => `${scope}\n${limit.name}`;
  for (const subject of subjects) {
    const { policy, operation } = subject;
    if (policy.rateLimitingMode !== "enforce") continue;
    for (const scoped of policy.concurrency) {
      const isFull = policy.concurrency.some(({ limit }) => limit.limit + limit.queue < scoped.limit.limit);
      const isFit = operation.requestBody !== undefined && !isFull;
      if (found.get(keyOf(scoped))?.[1] === undefined) {
        found.set(keyOf(scoped), [scoped.limit, isFit ? subject : undefined]);
      }
    }
  }
  return [...found.values()];
}
