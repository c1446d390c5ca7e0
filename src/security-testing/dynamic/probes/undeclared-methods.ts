// Methods that the document does not declare for a path it declares (CWE-749): the API may have them, and nobody judges them.
import {
  allowedRequest,
  freshWord,
  isAnsweredUnlike,
  isPassed,
  isServed,
  pathOf,
  sameShape,
  withPath,
} from "../answers.ts";
import { fitsParameters } from "../declared.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import type { Subject } from "../subject.ts";
import type { Exchange, Wire } from "../wire.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
/** Of WebDAV (RFC 3253): what it gets is what any unknown method gets. */
const UNUSUAL = "REPORT";

export const undeclaredMethods: OperationProbe = {
  id: "undeclared-methods",
  rules: ["dynamic.method-undeclared", "dynamic.undeclared-passed"],
  per: "operation",
  async *run(subject, context) {
    const { template } = subject.operation;
    const beside = context.subjects.filter(({ operation }) => operation.template === template);
    // Once for each path, by the first of its operations.
    if (beside[0] !== subject) return;
    const declared = beside.map(({ operation }) => operation.method);
    const reading = beside.find(({ isSafe }) => isSafe) ?? subject;
    const allowed = await allowedRequest(reading, context);
    if (allowed === undefined) return;
    const bare: Wire = { ...allowed.wire, body: undefined };
    const unusual = await context.client.send({ ...bare, method: UNUSUAL });
    for (const method of METHODS.filter((method) => !declared.includes(method))) {
      const wire = harmless({ ...bare, method }, reading, allowed.isOwn, context);
      // `/orders/import` may be an order, too.
      if (wire === undefined || fitsParameters(context.api, method, pathOf(wire))) continue;
      const tried = await context.client.send(wire);
      const undeclared = { method, template };
      if (isPassed(tried, context)) {
        const message = `${method} ${template} is not declared, and the gate passed it on`;
        const found = { subject, undeclared, what: "method", message, evidence: [tried] };
        yield context.finding({ rule: "dynamic.undeclared-passed", ...found });
      }
      if (!isAnsweredUnlike(tried, unusual)) continue;
      const elsewhere = await context.client.send(withPath(wire, `/${freshWord(context)}`));
      if (!isAnsweredUnlike(tried, elsewhere)) continue;
      const anonymous = await context.client.send({ ...wire, fields: withoutCredentials(wire, allowed.caller.fields) });
      yield context.finding({
        rule: "dynamic.method-undeclared",
        subject,
        undeclared,
        what: method,
        message: sentence(`${method} ${template}`, tried, anonymous),
        confidence: isServed(tried) ? "certain" : "firm",
        ...(isServed(tried) ? {} : { severity: "low" as const }),
        evidence: [unusual, elsewhere, tried, anonymous],
        say: [
          "A method that nobody has is answered so.",
          "The same method where nothing is.",
          "The undeclared method.",
          "The same without credentials.",
        ],
      });
    }
  },
};

function sentence(what: string, tried: Exchange, anonymous: Exchange): string {
  if (isServed(anonymous)) return `${what} is not declared, and works for anybody`;
  if (isServed(tried)) return `${what} is not declared, and works`;
  return `${what} is not declared, and something there answers ${tried.reply?.status ?? 0}`;
}

/** The request so that it harms nothing: to what the run made, to what is not there, or with a body that nobody can read. */
function harmless(wire: Wire, reading: Subject, isOwn: boolean, context: ProbeContext): Wire | undefined {
  if (wire.method === "GET") return wire;
  const changing = { ...reading, isSafe: false, operation: { ...reading.operation, method: wire.method } };
  if (isOwn && context.mayChange(changing, true)) return wire;
  if (reading.operation.template.endsWith("}")) {
    const path = pathOf(wire);
    const last = path.lastIndexOf("/") + 1;
    return withPath(wire, path.slice(0, last) + sameShape(path.slice(last), context));
  }
  if (wire.method === "DELETE") return undefined;
  return { ...wire, fields: [...wire.fields, ["Content-Type", "application/json"]], body: '{"' };
}

function withoutCredentials({ fields }: Wire, credentials: Wire["fields"]): Wire["fields"] {
  return fields.filter(([name]) => !credentials.some(([known]) => known.toLowerCase() === name.toLowerCase()));
}
