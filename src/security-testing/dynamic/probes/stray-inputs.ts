// Sends what no operation declares and the gate refuses everywhere: a body where there is none, and names that mean a prototype (I02, I07).
import { type Answered, isLetThrough } from "../inputs/ground.ts";
import type { OperationProbe } from "../probe.ts";
import type { Wire } from "../wire.ts";

const RULE = "dynamic.input-unchecked";
const TIMEOUT_MS = 3_000;

export const strayInputs: OperationProbe = {
  id: "stray-inputs",
  rules: [RULE],
  per: "operation",
  async *run(subject, context) {
    const { operation, policy } = subject;
    if (context.target.layer !== "gate" || policy.validation.requests !== "enforce") return;
    const caller = subject.isPublic ? context.callers.nobody : await context.callers.allowed(operation.id);
    const values = caller === undefined ? undefined : await context.requests.prepare(subject, caller);
    if (caller === undefined || values === undefined || "why" in values) return;
    const strays = straysOf(context.requests.wire(subject, values, caller), operation.requestBody !== undefined);
    for (const { parameter, name, wire } of strays) {
      // oxlint-disable-next-line no-await-in-loop -- at a polite rate
      const { reply, ...sent } = await context.client.send(wire, { timeoutMs: TIMEOUT_MS });
      if (reply === undefined || !isLetThrough(reply)) continue;
      const answered: Answered = { ...sent, reply };
      yield context.finding({
        rule: RULE,
        subject,
        parameter,
        what: name,
        message: `${operation.method} ${operation.template}: the gate lets through ${name}`,
        evidence: [answered],
        say: [`with ${name}`],
      });
    }
  },
};

interface Stray {
  readonly parameter: string;
  readonly name: string;
  readonly wire: Wire;
}

function straysOf(wire: Wire, takesBody: boolean): readonly Stray[] {
  const mark = wire.target.includes("?") ? "&" : "?";
  const query: Stray = {
    parameter: "query __proto__",
    name: "a member of __proto__ in the query",
    wire: { ...wire, target: `${wire.target}${mark}__proto__%5Bportcullis%5D=1` },
  };
  if (takesBody) return [query];
  const others = wire.fields.filter(([name]) => name.toLowerCase() !== "content-type");
  const body: Stray = {
    parameter: "body",
    name: "a body although none is declared",
    wire: { ...wire, body: "{}", fields: [...others, ["Content-Type", "application/json"]] },
  };
  return [query, body];
}
