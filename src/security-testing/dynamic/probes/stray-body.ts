// Sends a body where none is declared: nobody looks at it, and an API may take it for a request of its own (I07).
import type { OperationProbe } from "../probe.ts";
import { isRefusedInput, isStopped } from "../inputs/ground.ts";

const RULE = "dynamic.input-unchecked";
const TIMEOUT_MS = 3_000;

export const strayBody: OperationProbe = {
  id: "stray-body",
  rules: [RULE],
  per: "operation",
  async *run(subject, context) {
    const { operation, policy } = subject;
    const isGuarded = context.target.layer === "gate" && policy.validation.requests === "enforce";
    if (!isGuarded || operation.requestBody !== undefined) return;
    const caller = subject.isPublic ? context.callers.nobody : await context.callers.allowed(operation.id);
    const values = caller === undefined ? undefined : await context.requests.prepare(subject, caller);
    if (caller === undefined || values === undefined || "why" in values) return;
    const wire = context.requests.wire(subject, { ...values, body: "{}", mediaType: "application/json" }, caller);
    const fields = wire.fields.filter(([name]) => name.toLowerCase() !== "content-type");
    const sent = await context.client.send(
      { ...wire, body: "{}", fields: [...fields, ["Content-Type", "application/json"]] },
      { timeoutMs: TIMEOUT_MS },
    );
    const { reply } = sent;
    if (reply === undefined || isRefusedInput(reply) || isStopped({ ...sent, reply })) return;
    yield context.finding({
      rule: RULE,
      subject,
      parameter: "body",
      what: "undeclared",
      message: `${operation.method} ${operation.template}: the gate lets through a body although none is declared`,
      evidence: [sent],
      say: ["with a body that is not declared"],
    });
  },
};
