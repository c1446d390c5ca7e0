// Tries what the gate is asked to do with texts beyond their schema: refuse what looks like code, and sanitize what is marked.
import { SANITIZE_MARK, sanitizeText, wordsOf as marksOf } from "../../../validation/sanitizing.ts";
import { wordsOf } from "../inputs/signatures.ts";
import { type Answered, type Ground, groundOf, isLetThrough } from "../inputs/ground.ts";
import { UNDECLARED_NAME } from "../inputs/mutations-of-members.ts";
import { isReached, type Slot, withValue } from "../inputs/slot.ts";
import type { Finding } from "../../finding.ts";
import type { OperationProbe } from "../probe.ts";

const RULE = "dynamic.input-unchecked";
/** Seen by whoever looks for SQL at all. */
const CODE = "x' OR '1'='1' -- ";
/** Something for each word: controls, composition, letters, markup, white space. */
const DIRTY = (word: string) => ` ${word}\u0007E\u0301<i> `;

export const gateNets: OperationProbe = {
  id: "gate-nets",
  rules: [RULE],
  per: "operation",
  async *run(subject, context) {
    if (context.target.layer !== "gate") return;
    const { requests, injection } = subject.policy.validation;
    if (requests === "off") return;
    const isRefusing = injection === "enforce";
    const ground = isRefusing || marks(subject) ? await groundOf(subject, context) : undefined;
    if (ground === undefined || "why" in ground) return;
    const beside = isRefusing ? await undeclaredCode(ground) : undefined;
    if (beside !== undefined) yield beside;
    for (const slot of ground.slots.filter((slot) => isReached(ground.values, slot))) {
      // oxlint-disable-next-line no-await-in-loop -- at a polite rate
      const found = (isRefusing ? await code(slot, ground) : undefined) ?? (await dirt(slot, ground));
      if (found !== undefined) yield found;
    }
  },
};

function marks({ operation }: Ground["subject"]): boolean {
  return operation.requestBody !== undefined;
}

/** A text that fits where anything fits, and must be refused all the same. */
async function code(slot: Slot, ground: Ground): Promise<Finding | undefined> {
  const { values, fits } = ground;
  const { schema } = slot;
  if (!schema.isPlain || schema.types.join() !== "string" || schema.keywords["format"] !== undefined) return undefined;
  if (slot.place === "header" || slot.place === "cookie" || !fits.value(schema.at, CODE)) return undefined;
  const sent = await ground.send(withValue(values, slot, CODE));
  return sent === undefined || !isLetThrough(sent.reply) ? undefined : codeFinding(ground, slot.label, sent);
}

/** The API may read what its document does not declare; where the policy has such parameters refused, that is tried elsewhere. */
async function undeclaredCode(ground: Ground): Promise<Finding | undefined> {
  const { subject, values } = ground;
  const { requests, unknownParameters } = subject.policy.validation;
  if (requests === "enforce" && unknownParameters === "enforce") return undefined;
  const sent = await ground.send(values, { query: `&${UNDECLARED_NAME}=${encodeURIComponent(CODE)}` });
  if (sent === undefined || !isLetThrough(sent.reply)) return undefined;
  return codeFinding(ground, `query ${UNDECLARED_NAME}`, sent);
}

function codeFinding({ subject, context }: Ground, label: string, sent: Answered): Finding {
  const { method, template } = subject.operation;
  return context.finding({
    rule: RULE,
    subject,
    parameter: label,
    what: "code",
    message: `${method} ${template}: the gate lets through a ${label} that looks like SQL, which the policy has it refuse`,
    evidence: [sent],
    say: ["with a condition of SQL"],
  });
}

/** Told only where the API shows the text again. */
async function dirt(slot: Slot, ground: Ground): Promise<Finding | undefined> {
  const { subject, context, values, fits } = ground;
  const words = marksOf(slot.schema.keywords[SANITIZE_MARK]);
  if (slot.place !== "body" || words === 0 || subject.policy.validation.requests !== "enforce") return undefined;
  const dirty = DIRTY(`Clean${Math.floor(context.random() * 1e6)}`);
  const clean = sanitizeText(dirty, words);
  if (!fits.value(slot.schema.at, clean)) return undefined;
  const sent = await ground.send(withValue(values, slot, dirty));
  if (sent === undefined || !wordsOf(sent.reply).split("\n").includes(dirty)) return undefined;
  const { method, template } = subject.operation;
  return context.finding({
    rule: RULE,
    subject,
    parameter: slot.label,
    what: "sanitized",
    message: `${method} ${template}: the gate lets through a ${slot.label} as it came, which it is to sanitize`,
    evidence: [sent],
    say: ["with controls, markup and spaces around it: answered as it was sent"],
  });
}
