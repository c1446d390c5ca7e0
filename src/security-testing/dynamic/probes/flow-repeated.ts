// State: what the document lets happen once is asked for twice, with the same values.
import { allowedRequest } from "../answers.ts";
import { bodySchema, declaredProperties } from "../objects/bodies.ts";
import { hasSecondEffect, onceOf } from "../objects/once.ts";
import { isSuccess } from "../objects/reading.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import { routeOf, type Subject } from "../subject.ts";

export const flowRepeated: OperationProbe = {
  id: "flow-repeated",
  per: "operation",
  rules: ["dynamic.flow-repeated"],
  async *run(subject, context) {
    const once = onceOf(context.api.set, subject.operation);
    if (once === undefined) return;
    const { client } = context;
    for (const user of ["a", "b"] as const) {
      // oxlint-disable-next-line no-await-in-loop -- the second only where the first had it before
      const allowed = await allowedRequest(subject, context, user);
      if (allowed === undefined || !context.mayChange(subject, allowed.isOwn)) return;
      const { wire, caller } = allowed;
      // oxlint-disable-next-line no-await-in-loop
      const first = await client.send(wire);
      if (!isSuccess(first.reply)) continue;
      // oxlint-disable-next-line no-await-in-loop
      const second = await client.send(wire);
      if (!isSuccess(second.reply)) return;
      const isProven = hasSecondEffect(first.reply, second.reply);
      // What only its 409 speaks of may be about another state: then the effect itself must show.
      if (once === "meant" && !isProven) return;
      const parameter = parameterOf(context, subject);
      yield context.finding({
        rule: "dynamic.flow-repeated",
        subject,
        ...(parameter === undefined ? {} : { parameter }),
        what: "repeated",
        message: `${routeOf(subject)} is answered ${second.reply.status} a second time with the same values${isProven ? " and has its effect again" : ""}, where the document says 409`,
        confidence: once === "said" && isProven ? "certain" : "firm",
        evidence: [first, second],
        say: [`${caller.name} asks for it`, "and again, with the same values"],
      });
      return;
    }
  },
};

/** What is used up: the only property of the body, or the last name in the path. */
function parameterOf({ api }: ProbeContext, { operation }: Subject): string | undefined {
  const schema = bodySchema(operation);
  const properties = schema === undefined ? [] : declaredProperties(api.set, schema);
  if (properties.length > 0) return properties.length === 1 ? `body ${properties[0]?.at ?? ""}` : "body";
  const name = /\{([^{}]+)\}[^{}]*$/.exec(operation.template)?.[1];
  return name === undefined ? undefined : `path ${name}`;
}
