// Tries every bound of the schemas: what is just outside must be refused, and what is just inside must not.
import type { Finding } from "../../finding.ts";
import type { RequestValues } from "../requests.ts";
import {
  type Answered,
  type Ground,
  groundOf,
  hasInputs,
  isRefusedInput,
  isLetThrough,
  isSuccess,
} from "../inputs/ground.ts";
import type { Mutation } from "../inputs/mutation.ts";
import { mutationsOf } from "../inputs/mutations.ts";
import { rawMutations } from "../inputs/raw-mutations.ts";
import { isReached, type Slot, valueAt, withValue } from "../inputs/slot.ts";
import type { OperationProbe } from "../probe.ts";

const UNCHECKED = "dynamic.input-unchecked";
const REFUSED = "dynamic.input-refused";

export const inputBounds: OperationProbe = {
  id: "input-bounds",
  rules: [UNCHECKED, REFUSED],
  per: "operation",
  async *run(subject, context) {
    if (!hasInputs(subject)) return;
    const isGate = context.target.layer === "gate";
    const { requests } = subject.policy.validation;
    if (isGate && requests !== "enforce") return;
    const ground = await groundOf(subject, context);
    if ("why" in ground) {
      const { why, isExpected } = ground;
      yield context.untested(`inputs of ${subject.operation.method} ${subject.operation.template}`, why, isExpected);
      return;
    }
    if (isRefusedInput(ground.before.reply)) {
      if (isSound(ground, ground.values)) yield refused(ground, undefined, "that fits the document", ground.before);
      return;
    }
    // Beside the gate only what is taken tells: a refusal may be for any reason.
    if (!isGate && !isSuccess(ground.before)) return;
    yield* outside(ground);
    if (isGate) yield* raw(ground);
    if (isGate) yield* inside(ground);
  },
};

async function* outside(ground: Ground): AsyncGenerator<Finding> {
  const { slots, values } = ground;
  for (const slot of slots) {
    if (!isReached(values, slot)) continue;
    for (const mutation of mutationsOf(slot, valueAt(values, slot))) {
      const changed = withValue(values, slot, mutation.value);
      if (!mutation.isRefused || !isWrong(ground, slot, changed)) continue;
      // oxlint-disable-next-line no-await-in-loop -- the first of a place is enough
      const sent = await ground.send(changed);
      const found = sent === undefined ? undefined : unchecked(ground, slot.label, mutation, sent);
      if (found === undefined) continue;
      yield found;
      break;
    }
  }
}

async function* raw(ground: Ground): AsyncGenerator<Finding> {
  for (const { label, name, values, changes } of rawMutations(ground)) {
    // oxlint-disable-next-line no-await-in-loop -- at a polite rate
    const sent = await ground.send(values, changes);
    const found = sent === undefined ? undefined : unchecked(ground, label, { name }, sent);
    if (found !== undefined) yield found;
  }
}

function unchecked(
  ground: Ground,
  label: string,
  { name }: Pick<Mutation, "name">,
  sent: Answered,
): Finding | undefined {
  const { context, subject, before } = ground;
  const { method, template } = subject.operation;
  const isTaken = isSuccess(sent);
  if (!isLetThrough(sent.reply) || (context.target.layer === "upstream" && !isTaken)) return undefined;
  return context.finding({
    rule: UNCHECKED,
    subject,
    parameter: label,
    what: name.replaceAll(/-?\d+/g, "n"),
    message: `${method} ${template}: ${isTaken ? "takes" : "the gate lets through"} a ${label} ${name}`,
    ...(isTaken ? {} : { severity: "low" as const }),
    evidence: [before, sent],
    say: ["in order", name],
  });
}

/** All places at once, each at one of its bounds; one by one where that is refused. */
async function* inside(ground: Ground): AsyncGenerator<Finding> {
  const { slots, values, subject, context } = ground;
  const rows = slots
    .filter((slot) => isReached(values, slot) && (slot.place !== "path" || context.mayChange(subject, false)))
    .map((slot) => ({
      slot,
      tries: [...mutationsOf(slot, valueAt(values, slot))].filter(({ isRefused }) => !isRefused),
    }));
  const rounds = Math.max(0, ...rows.map(({ tries }) => tries.length));
  for (let i = 0; i < rounds; i += 1) {
    const round = rows.flatMap(({ slot, tries }) => {
      const mutation = tries[i];
      return mutation === undefined || !isSound(ground, withValue(values, slot, mutation.value), slot)
        ? []
        : [{ slot, mutation }];
    });
    const all = round.reduce<RequestValues>((one, { slot, mutation }) => withValue(one, slot, mutation.value), values);
    // oxlint-disable-next-line no-await-in-loop -- at a polite rate
    const sent = isSound(ground, all) ? await ground.send(all) : undefined;
    if (sent !== undefined && !isRefusedInput(sent.reply)) continue;
    for (const { slot, mutation } of round) {
      // oxlint-disable-next-line no-await-in-loop
      const alone = await ground.send(withValue(values, slot, mutation.value));
      if (alone !== undefined && isRefusedInput(alone.reply)) yield refused(ground, slot, mutation.name, alone);
    }
  }
}

function refused({ context, subject }: Ground, slot: Slot | undefined, name: string, sent: Answered): Finding {
  const { method, template } = subject.operation;
  const where = slot?.label ?? "request";
  return context.finding({
    rule: REFUSED,
    subject,
    parameter: slot?.label,
    what: name.replaceAll(/-?\d+/g, "n"),
    message: `${method} ${template}: the gate refuses a ${where} ${name} (${sent.reply.reason ?? ""})`,
    evidence: [sent],
    say: [`${name}: refused`],
  });
}

/** Where a schema has alternatives or conditions, the whole decides whether something is wrong. */
function isWrong(ground: Ground, slot: Slot, values: RequestValues): boolean {
  const around = slot.place === "body" ? ground.slots.filter(({ place }) => place === "body") : [slot];
  return around.every(({ schema }) => schema.isPlain) || !isSound(ground, values, slot);
}

/** Whether the body and the parameters, or that one alone, fit their schemas. */
function isSound({ slots, fits }: Ground, values: RequestValues, only?: Slot): boolean {
  const roots = slots.filter(({ place, keys }) => place !== "body" || keys.length === 0);
  const judged =
    only === undefined
      ? roots
      : roots.filter(({ place, label }) => (only.place === "body" ? place === "body" : label === only.label));
  return judged.every((slot) => {
    const value = valueAt(values, slot);
    return value === undefined ? !slot.isRequired : fits.value(slot.schema.at, value);
  });
}
