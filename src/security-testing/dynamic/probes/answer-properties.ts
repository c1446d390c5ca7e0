// Property level, answers: what is write-only, and what the document does not declare, in an answer to an ordinary request.
import { answerSchema, answersJson, bodySchema } from "../objects/bodies.ts";
import { addTo, isEmptyList } from "../objects/filling.ts";
import { allowedRequest } from "../answers.ts";
import { answeredTooMuch, writeOnlyOf } from "../objects/answered.ts";
import { isSuccess } from "../objects/reading.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import { routeOf, type Subject } from "../subject.ts";
import { jsonOf } from "../wire.ts";

/** Whoever signs out, or gives his account up, can ask for nothing more. */
const ENDS = /log-?out|sign-?out|revoke|deactivate|terminate/i;

export const answerProperties: OperationProbe = {
  id: "answer-properties",
  per: "operation",
  rules: ["dynamic.write-only-answered", "dynamic.property-undeclared-answered"],
  async *run(subject, context) {
    const { operation } = subject;
    if (operation.method === "DELETE" || !answersJson(operation) || ENDS.test(`${operation.id} ${operation.template}`))
      return;
    const allowed = await allowedRequest(subject, context);
    if (allowed === undefined || !context.mayChange(subject, allowed.isOwn)) return;
    const { caller, values, wire } = allowed;
    const { client, api } = context;
    let exchange = await client.send(wire);
    // An empty list tells nothing.
    if (isEmptyList(exchange.reply) && (await addTo(context, subject, values))) exchange = await client.send(wire);
    const { reply } = exchange;
    if (!isSuccess(reply) || reply.from !== "api") return;
    const schema = answerSchema(operation, reply);
    if (schema === undefined) return;
    for (const { at, isWriteOnly } of answeredTooMuch(api.set, schema, jsonOf(reply), secretsOf(context, subject))) {
      const said = isWriteOnly ? "is write-only" : "is not in the schema of this answer";
      yield context.finding({
        rule: isWriteOnly ? "dynamic.write-only-answered" : "dynamic.property-undeclared-answered",
        subject,
        parameter: `answer ${at}`,
        what: "answered",
        message: `${routeOf(subject)} answers ${subject.isPublic ? "anybody" : caller.name} with ${at}, which ${said}`,
        evidence: [exchange],
        say: [`the answer has ${at}`],
      });
    }
  },
};

/** What bodies sent to the same path call write-only is a secret in its answers, whether their schema knows it or not. */
function secretsOf({ api, subjects }: ProbeContext, { operation }: Subject): ReadonlySet<string> {
  const same = subjects.filter((other) => other.operation.template === operation.template);
  return new Set(same.flatMap((other) => writeOnlyOf(api.set, bodySchema(other.operation))));
}
