// Looks at what is answered, to what is in order and to what is odd: it must fit the document, and tell nothing of what is inside.
import type { Finding } from "../../finding.ts";
import { takesText } from "../attacks/attack.ts";
import { aimAt } from "../inputs/aim.ts";
import { type Answered, type Ground, groundOf } from "../inputs/ground.ts";
import { UNDECLARED, undueAnswer } from "../inputs/undue-answer.ts";
import { isJson, isReached, type Slot, withValue } from "../inputs/slot.ts";
import { told, wordsOf } from "../inputs/signatures.ts";
import type { OperationProbe } from "../probe.ts";

const VERBOSE = "dynamic.error-verbose";
const LONG = 300;

export const answers: OperationProbe = {
  id: "answers",
  rules: [UNDECLARED, VERBOSE],
  per: "operation",
  async *run(subject, context) {
    const ground = await groundOf(subject, context);
    if ("why" in ground) return;
    const first = look(ground, { sent: ground.before, name: "in order", parameter: undefined });
    if (first !== undefined) yield first;
    for (const slot of ground.slots) {
      // oxlint-disable-next-line no-await-in-loop -- at a polite rate
      for (const [name, sent] of await oddities(slot, ground)) {
        // oxlint-disable-next-line no-await-in-loop
        const found = await lookTwice(ground, { sent, name, parameter: slot.label });
        if (found === undefined) continue;
        yield found;
        break;
      }
    }
    const sent = await broken(ground);
    const name = "a body that is broken off";
    const found = sent === undefined ? undefined : await lookTwice(ground, { sent, name, parameter: "body" });
    if (found !== undefined) yield found;
  },
};

type Odd = [name: string, sent: Answered];

const NUMBERS = [
  ["0", 0],
  ["a negative number", -1],
  ["a large number", Number.MAX_SAFE_INTEGER],
] as const;

/** What came for values that nobody expects: odd characters, much of the same, numbers at the ends. */
async function oddities(slot: Slot, ground: Ground): Promise<Odd[]> {
  const { types, keywords } = slot.schema;
  const isNumber =
    types.length > 0 && types.every((type) => type === "integer" || type === "number" || type === "null");
  if (isNumber && slot.place !== "path" && isReached(ground.values, slot)) {
    const send = (value: number) =>
      ground.isGuarded && !ground.fits.value(slot.schema.at, value)
        ? Promise.resolve(undefined)
        : ground.send(withValue(ground.values, slot, value));
    return allOf(NUMBERS, send);
  }
  const aim = takesText(slot) ? await aimAt(slot, ground) : undefined;
  if (aim === undefined) return [];
  const most = typeof keywords["maxLength"] === "number" ? keywords["maxLength"] : LONG;
  const texts = [
    ["a word that is nothing there", aim.word()],
    ["odd characters", `"'\\<%{[($é`],
    ["a long text", "x".repeat(Math.min(most, LONG))],
  ] as const;
  return allOf(texts, (text) => aim.send(text));
}

async function allOf<T>(
  tries: readonly (readonly [string, T])[],
  send: (value: T) => Promise<Answered | undefined>,
): Promise<Odd[]> {
  const odd: Odd[] = [];
  for (const [name, value] of tries) {
    // oxlint-disable-next-line no-await-in-loop -- at a polite rate
    const sent = await send(value);
    if (sent !== undefined) odd.push([name, sent]);
  }
  return odd;
}

/** Beside the gate alone: it lets nothing through that is no JSON. */
async function broken(ground: Ground): Promise<Answered | undefined> {
  const { body, mediaType } = ground.values;
  if (ground.isGuarded || body === undefined || mediaType === undefined || !isJson(mediaType)) return undefined;
  return ground.send({ ...ground.values, body: '{"a":' });
}

interface Looked {
  readonly sent: Answered;
  readonly name: string;
  /** Undefined: what is in order. */
  readonly parameter: string | undefined;
}

/** What breaks once may have broken by itself. */
async function lookTwice(ground: Ground, looked: Looked): Promise<Finding | undefined> {
  const found = look(ground, looked);
  if (found === undefined) return undefined;
  const { reply, ...again } = await ground.context.client.send(looked.sent.wire);
  return reply === undefined ? undefined : look(ground, { ...looked, sent: { ...again, reply } });
}

function look(ground: Ground, { sent, name, parameter }: Looked): Finding | undefined {
  const { context, subject, fits, before } = ground;
  const { reply, wire } = sent;
  if (reply.from === "gate") return undefined;
  const route = `${subject.operation.method} ${subject.operation.template}`;
  const evidence = parameter === undefined ? [sent] : [before, sent];
  const say = parameter === undefined ? ["in order"] : ["in order", name];
  const shown = reply.status >= 400 ? told(wordsOf(reply)) : undefined;
  // Whoever says what was asked for tells nothing.
  if (shown !== undefined && !wire.target.includes(shown.excerpt)) {
    const message = `${route}: an error shows ${shown.what}: ${shown.excerpt}`;
    return context.finding({ rule: VERBOSE, subject, parameter, what: shown.what, message, evidence, say });
  }
  const undue = undueAnswer(ground, sent, evidence, say);
  if (undue !== undefined) return undue;
  const misfit = fits.misfit(subject.operation, reply);
  // What came for values in order was told of then.
  if (misfit === undefined) return undefined;
  if (parameter !== undefined && fits.misfit(subject.operation, before.reply)?.what === misfit.what) return undefined;
  return context.finding({
    rule: UNDECLARED,
    subject,
    parameter: parameter ?? misfit.parameter,
    what: misfit.what.replaceAll(/\d+/g, "n"),
    message: `${route}: answers ${misfit.what}${parameter === undefined ? "" : `, to ${name} in ${parameter}`}`,
    evidence,
    say,
  });
}
