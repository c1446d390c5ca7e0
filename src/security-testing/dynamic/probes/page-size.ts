// Asks for more items at once than anybody needs: proven where far more come than a page has (CWE-770).
import { jsonOf, type Reply } from "../wire.ts";
import { groundOf, isSuccess } from "../inputs/ground.ts";
import { type Slot, withValue } from "../inputs/slot.ts";
import type { OperationProbe } from "../probe.ts";

const RULE = "dynamic.page-size-unbounded";
const NAMES =
  /^(?:limit|top|count|first|last|take|rows|max|(?:page|per|batch)?[_-]?(?:size|page|limit)|(?:max|num)[_-]?(?:results|items|rows|records))$/i;
const ASKED = 100_000;
/** A cap at a hundred, or at a few of them, is one. */
const MANY = 250;
/** A document that says no more has said its bound. */
const DECLARED_MAX = 1_000;

export const pageSize: OperationProbe = {
  id: "page-size",
  rules: [RULE],
  per: "operation",
  async *run(subject, context) {
    const { method, parameters, template } = subject.operation;
    if (method !== "GET" || !parameters.some(({ in: place, name }) => place === "query" && isSize(name))) return;
    const ground = await groundOf(subject, context);
    if ("why" in ground || !isSuccess(ground.before)) return;
    for (const slot of ground.slots.filter(({ place, keys }) => place === "query" && isSize(String(keys[0])))) {
      const asked = most(slot);
      if (asked <= DECLARED_MAX) continue;
      // oxlint-disable-next-line no-await-in-loop -- one parameter is such, rarely two
      const sent = await ground.send(withValue(ground.values, slot, asked));
      if (sent === undefined || !isSuccess(sent)) continue;
      const count = itemsOf(sent.reply);
      if (count <= MANY || (count !== asked && isCap(count))) continue;
      yield context.finding({
        rule: RULE,
        subject,
        parameter: slot.label,
        what: "all",
        message: `${method} ${template}: ${slot.label} of ${asked} answers ${count} items at once`,
        confidence: count === asked ? "certain" : "firm",
        evidence: [ground.before, { ...sent, reply: shortened(sent.reply) }],
        say: ["as usual", `${count} items at once`],
      });
    }
  },
};

function isSize(name: string): boolean {
  return NAMES.test(name);
}

/** What the schema leaves room for. */
function most({ schema: { keywords } }: Slot): number {
  const { maximum, exclusiveMaximum } = keywords;
  const bound = typeof maximum === "number" ? maximum : Infinity;
  return Math.min(ASKED, bound, typeof exclusiveMaximum === "number" ? exclusiveMaximum - 1 : Infinity);
}

/** Where it comes to an end at a round number, somebody has put an end to it; else all there is came. */
function isCap(count: number): boolean {
  return count % 50 === 0 || Number.isInteger(Math.log2(count));
}

function itemsOf(reply: Reply): number {
  return largest(jsonOf(reply), 0);
}

const LEVELS_MAX = 3;

function largest(value: unknown, level: number): number {
  if (Array.isArray(value)) return value.length;
  if (typeof value !== "object" || value === null || level > LEVELS_MAX) return 0;
  return Math.max(0, ...Object.values(value).map((member) => largest(member, level + 1)));
}

function shortened(reply: Reply): Reply {
  return { ...reply, body: reply.body.subarray(0, 1_000) };
}
