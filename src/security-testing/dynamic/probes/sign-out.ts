// Signing out: the token that did it must be good for nothing afterwards (CWE-613).
import { isObject } from "../../../openapi/pointer.ts";
import { isServed } from "../answers.ts";
import type { Caller } from "../callers.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import type { Subject } from "../subject.ts";
import type { Exchange, Wire } from "../wire.ts";

const WORDS = /(?:sign|log)[\s_-]?(?:out|off)|(?:end|close|delete|revoke)[\s_-]?(?:my[\s_-]?)?session/i;
const SESSION = /\/(?:session|sessions\/(?:current|me|self))$/i;

export const signOut: OperationProbe = {
  id: "sign-out",
  rules: ["dynamic.token-after-sign-out-accepted"],
  per: "operation",
  async *run(subject, context) {
    if (!signsOut(subject)) return;
    const { callers, requests, client } = context;
    const caller = await callers.allowed(subject.operation.id);
    const values = caller && (await requests.prepare(subject, caller));
    if (caller === undefined || values === undefined || "why" in values) return;
    // Both must be open to one and the same token.
    const reading = await readableBy(caller, subject, context);
    if (reading === undefined) {
      yield context.untested(
        `the end of tokens by ${subject.operation.id}`,
        "nothing that the same token may read tells whether it is good",
        true,
      );
      return;
    }
    const { reader, before } = reading;
    const out = await client.send(requests.wire(subject, values, reader));
    if (!isServed(out)) return;
    const after = await client.send(before.wire);
    if (!isServed(after)) return;
    yield context.finding({
      rule: "dynamic.token-after-sign-out-accepted",
      subject,
      parameter: "header Authorization",
      what: "",
      message: `A token is still good after ${subject.operation.id} was answered with ${out.reply?.status ?? 0}`,
      evidence: [before, out, after],
      say: ["The token is good.", "Its owner signs out.", "It is still good."],
    });
  },
};

/** By what it is called: of DELETE and POST alone, and nothing that names another's session. */
function signsOut({ operation, isPublic }: Subject): boolean {
  const { method, template, id, at } = operation;
  if (isPublic || (method !== "DELETE" && method !== "POST") || template.includes("{")) return false;
  if (method === "DELETE" && SESSION.test(template)) return true;
  const { summary } = isObject(at.value) ? (at.value as { readonly summary?: unknown }) : {};
  return [template, id, typeof summary === "string" ? summary : ""].some((text) => WORDS.test(text));
}

interface Reading {
  readonly reader: Caller;
  readonly before: Exchange & { readonly wire: Wire };
}

/** Somebody with rights for both, and a request of theirs that is answered. */
async function readableBy(caller: Caller, subject: Subject, context: ProbeContext): Promise<Reading | undefined> {
  const candidates = context.subjects.filter(
    (one) => one.isSafe && !one.isPublic && !one.operation.template.includes("{"),
  );
  for (const candidate of candidates) {
    const other = await context.callers.allowed(candidate.operation.id);
    const rights = other?.rights;
    if (rights === undefined) continue;
    const both = {
      scopes: [...new Set([...caller.rights.scopes, ...rights.scopes])],
      roles: [...new Set([...caller.rights.roles, ...rights.roles])],
      permissions: [...new Set([...caller.rights.permissions, ...rights.permissions])],
    };
    const reader = await context.callers.withRights(both, "a", subject.operation.id);
    const values = reader && (await context.requests.prepare(candidate, reader));
    if (reader === undefined || values === undefined || "why" in values) continue;
    const wire = context.requests.wire(candidate, values, reader);
    const before = await context.client.send(wire);
    // With a proof of its own, each is another request.
    if (isServed(before)) return { reader, before: { ...before, wire } };
  }
  return undefined;
}
