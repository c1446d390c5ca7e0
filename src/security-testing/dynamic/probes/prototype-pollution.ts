// A member that becomes a property of every object: proven where another caller sees it elsewhere (CWE-1321, I02).
import { isObject } from "../../../openapi/pointer.ts";
import { type Answered, type Ground, groundOf, isRefusedInput } from "../inputs/ground.ts";
import { isJson } from "../inputs/slot.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import type { Subject } from "../subject.ts";
import { jsonOf } from "../wire.ts";

const RULE = "dynamic.prototype-pollution";
const HAVE_BODIES: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);
const WITNESSES_MAX = 4;

export const prototypePollution: OperationProbe = {
  id: "prototype-pollution",
  rules: [RULE],
  per: "operation",
  async *run(subject, context) {
    const { method, template, requestBody } = subject.operation;
    if (!HAVE_BODIES.has(method) || requestBody === undefined) return;
    const ground = await groundOf(subject, context);
    if ("why" in ground) return;
    const { body, mediaType = "" } = ground.values;
    if (!isJson(mediaType) || !isObject(body)) return;
    for (const [name, way] of WAYS) {
      const member = `polluted${Math.floor(context.random() * 1e9)}`;
      const text = `${JSON.stringify(body).slice(0, -1)}${Object.keys(body).length > 0 ? "," : ""}${way(member)}}`;
      // oxlint-disable-next-line no-await-in-loop -- the first that shows ends it
      const sent = await ground.send({ ...ground.values, body: text });
      if (sent === undefined || isRefusedInput(sent.reply) || sent.reply.status >= 400) continue;
      // oxlint-disable-next-line no-await-in-loop
      const witness = await witnessOf(member, ground);
      if (witness === undefined) continue;
      // Every object of the process has it now.
      // oxlint-disable-next-line no-await-in-loop
      await context.reset();
      yield context.finding({
        rule: RULE,
        subject,
        parameter: "body",
        what: name,
        message: `${method} ${template}: a member ${name} becomes a property of objects that have nothing to do with it`,
        evidence: [sent, witness],
        say: [`sent by one caller as ${name}`, "shown to another who never sent it"],
      });
      return;
    }
  },
};

const WAYS: readonly (readonly [name: string, member: (name: string) => string])[] = [
  ["__proto__", (member) => `"__proto__":{"${member}":1}`],
  ["constructor.prototype", (member) => `"constructor":{"prototype":{"${member}":1}}`],
];

/** What another caller is answered, with the member in it. */
async function witnessOf(member: string, { subject, context, caller }: Ground): Promise<Answered | undefined> {
  for (const reading of witnesses(subject, context)) {
    // oxlint-disable-next-line no-await-in-loop -- the first that shows ends it
    const other = reading.isPublic ? context.callers.nobody : await context.callers.allowed(reading.operation.id, "b");
    if (other === undefined || (other.subject !== undefined && other.subject === caller.subject)) continue;
    // oxlint-disable-next-line no-await-in-loop
    const values = await context.requests.prepare(reading, other);
    if ("why" in values) continue;
    // oxlint-disable-next-line no-await-in-loop
    const exchange = await context.client.send(context.requests.wire(reading, values, other), { timeoutMs: 3_000 });
    if (exchange.reply !== undefined && holds(jsonOf(exchange.reply), member, 0))
      return { ...exchange, reply: exchange.reply };
  }
  return undefined;
}

/** What reads the same, then others that need nothing. */
function witnesses(subject: Subject, { subjects, requests }: ProbeContext): Subject[] {
  const reader = requests.readerOf(subject);
  const isWitness = ({ isSafe, operation: { parameters, responses } }: Subject) =>
    isSafe &&
    parameters.every(({ required }) => !required) &&
    responses.some(({ content }) => content.some(({ name }) => isJson(name)));
  const others = subjects.filter((one) => one !== reader && isWitness(one));
  return [...(reader === undefined ? [] : [reader]), ...others].slice(0, WITNESSES_MAX);
}

const LEVELS_MAX = 6;

/** Not where it stands in what was sent. */
function holds(value: unknown, member: string, level: number): boolean {
  if (typeof value !== "object" || value === null || level > LEVELS_MAX) return false;
  if (Object.hasOwn(value, member)) return true;
  return Object.entries(value).some(
    ([name, below]) => name !== "__proto__" && name !== "constructor" && holds(below, member, level + 1),
  );
}
