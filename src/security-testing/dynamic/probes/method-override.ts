// Requests that name another method than their own (CWE-436): who judges sees the harmless one, who serves does the other.
import { type Allowed, allowedRequest, isPassed, isServed } from "../answers.ts";
import type { Caller } from "../callers.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import type { Subject } from "../subject.ts";
import type { Exchange, Wire } from "../wire.ts";

const FIELDS = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"];
const FORM = "application/x-www-form-urlencoded";
const GONE: ReadonlySet<number> = new Set([404, 410]);

interface Way {
  readonly parameter: string;
  readonly wire: (method: string, bare: Wire) => Wire;
}

const WAYS: readonly Way[] = [
  ...FIELDS.flatMap((name) =>
    ["GET", "POST"].map((carrier): Way => ({
      parameter: `header ${name}`,
      wire: (method, bare) => ({ ...bare, method: carrier, fields: [...bare.fields, [name, method]] }),
    })),
  ),
  ...["GET", "POST"].map((carrier): Way => ({
    parameter: "query _method",
    wire: (method, bare) => ({ ...bare, method: carrier, target: withQuery(bare.target, `_method=${method}`) }),
  })),
  {
    parameter: "body /_method",
    wire: (method, bare) => ({
      ...bare,
      method: "POST",
      fields: [...bare.fields, ["Content-Type", FORM]],
      body: `_method=${method}`,
    }),
  },
];

export const methodOverride: OperationProbe = {
  id: "method-override",
  rules: ["dynamic.method-overridden", "dynamic.undeclared-passed"],
  per: "operation",
  async *run(subject, context) {
    // Deleting is what can be proven without knowing more of the API.
    if (subject.operation.method !== "DELETE" || !subject.operation.template.includes("{")) return;
    const reader = context.requests.readerOf(subject);
    if (reader === undefined || reader.operation.template !== subject.operation.template) return;
    const first = await made(subject, context);
    const owner = await context.callers.allowed(reader.operation.id);
    if (first === undefined || owner === undefined) return;
    const read = ({ values }: Allowed) => {
      const bare = { ...values, query: {}, body: undefined, mediaType: undefined };
      return context.client.send(context.requests.wire(reader, bare, owner));
    };
    const weaker = (await readingOnly(reader, context)) ?? first.caller;
    const all: Exchange[] = [];
    for (const way of WAYS)
      all.push(await context.client.send(way.wire("DELETE", as(weaker, first, subject, context))));
    // The gate refuses the fields with any method: those sent with a GET tell it.
    const passed = all.find(
      ({ wire }, i) => wire.method === "GET" && i < FIELDS.length * 2 && isPassed(all[i] as Exchange, context),
    );
    if (passed !== undefined) {
      const message = `A request that names another method than its own was passed on to ${subject.operation.template}`;
      yield context.finding({
        rule: "dynamic.undeclared-passed",
        subject,
        what: "override",
        message,
        evidence: [passed],
      });
    }
    if (!isGone(await read(first))) return;
    // Something of it worked: each alone, on an object of its own.
    for (const way of WAYS) {
      const own = await made(subject, context);
      if (own === undefined) return;
      const before = await read(own);
      const tried = await context.client.send(way.wire("DELETE", as(weaker, own, subject, context)));
      const after = await read(own);
      if (!isGone(after) || !isServed(before)) continue;
      yield context.finding({
        rule: "dynamic.method-overridden",
        subject,
        parameter: way.parameter,
        what: tried.wire.method,
        message: `A ${tried.wire.method} of ${weaker.name} with ${way.parameter} deletes`,
        confidence: "certain",
        evidence: [before, tried, after],
        say: ["The object is there.", "A request that names the other method.", "It is gone."],
      });
    }
  },
};

/** A new object that this run made. */
async function made(subject: Subject, context: ProbeContext): Promise<Allowed | undefined> {
  const allowed = await allowedRequest(subject, context);
  return allowed?.isOwn === true && context.mayChange(subject, true) ? allowed : undefined;
}

/** The owner, with no more rights than reading asks for. */
async function readingOnly({ policy }: Subject, { callers }: ProbeContext): Promise<Caller | undefined> {
  const scopes = [...new Set(policy.alternatives[0]?.flatMap((scheme) => scheme.scopes) ?? [])];
  return callers.withRights({ scopes, roles: policy.roles ?? [], permissions: policy.permissions ?? [] }, "a");
}

function as(caller: Caller, { values }: Allowed, subject: Subject, { requests }: ProbeContext): Wire {
  return { ...requests.wire(subject, { ...values, body: undefined, mediaType: undefined }, caller), body: undefined };
}

function isGone({ reply }: Exchange): boolean {
  return reply !== undefined && GONE.has(reply.status);
}

function withQuery(target: string, more: string): string {
  return `${target}${target.includes("?") ? "&" : "?"}${more}`;
}
