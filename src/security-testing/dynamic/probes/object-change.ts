// Object level, writing: another caller changes or deletes what one made, and its owner then reads what became of it.
import type { Confidence, Finding } from "../../finding.ts";
import { marked } from "../objects/marks.ts";
import { type Look, lookAt, lookAtMade } from "../objects/made.ts";
import { mixedFor, type Owned, ownedFor } from "../objects/owned.ts";
import { hasChanged, isSuccess, mentions, type Reading, readingOf, steadyPart } from "../objects/reading.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import type { RequestValues } from "../requests.ts";
import { routeOf, type Subject } from "../subject.ts";
import type { Exchange } from "../wire.ts";

export const objectChange: OperationProbe = {
  id: "object-change",
  per: "operation",
  rules: ["dynamic.object-changed-by-another"],
  run: (subject, context) => written(subject, context, ["PUT", "PATCH", "POST"]),
};

export const objectDelete: OperationProbe = {
  id: "object-delete",
  per: "operation",
  rules: ["dynamic.object-deleted-by-another"],
  run: (subject, context) => written(subject, context, ["DELETE"]),
};

async function* written(subject: Subject, context: ProbeContext, methods: readonly string[]) {
  if (!methods.includes(subject.operation.method)) return;
  const owned = await ownedFor(context, subject);
  if (owned === undefined) return;
  if ("why" in owned) {
    yield owned;
    return;
  }
  if (!context.mayChange(subject, true)) return;
  const found = await attempt(subject, context, owned, owned.values);
  if (found !== undefined) {
    yield found;
    return;
  }
  // The owner of what stands first in the path may be checked, and not that the rest belongs to it.
  const mixed = await mixedFor(context, subject, owned);
  const second = mixed === undefined ? undefined : await attempt(subject, context, owned, mixed);
  if (second !== undefined) yield second;
}

/** `asked`: how the other one asks for what `owned` names. */
async function attempt(
  subject: Subject,
  context: ProbeContext,
  owned: Owned,
  asked: RequestValues,
): Promise<Finding | undefined> {
  const { client, requests, api, callers, random } = context;
  const { b, values } = owned;
  const ownerLook = async (at: Look | undefined) => {
    const reader = at && (await callers.allowed(at.reader.operation.id, "a"));
    return at && reader && client.send(requests.wire(at.reader, at.values, reader));
  };
  const at = lookAt(context, subject, values);
  const before = await ownerLook(at);
  const first = readingOf(before?.reply);
  const second = readingOf((await ownerLook(at))?.reply);
  if (before === undefined || first === undefined || second === undefined) return undefined;
  const { body, mark } = marked(api.set, subject.operation, values.body, random);
  const done = await client.send(requests.wire(subject, { ...asked, body }, b));
  // Refused, and no text of ours that could tell what happened nevertheless.
  if (!isAccepted(done) && mark === undefined) return undefined;
  const after = await ownerLook(at);
  const now = readingOf(after?.reply);
  const isGone = after?.reply?.from === "api" && (after.reply.status === 404 || after.reply.status === 410);
  const isOther = now !== undefined && hasChanged(steadyPart(first, second), first, now);
  const evidence = [before, done, ...(after === undefined ? [] : [after])];
  const hasMark = (reading: Reading | undefined) =>
    reading !== undefined && mark !== undefined && mentions(reading, mark);
  const isPrivate = owned.isApart || (owned.a.subject !== undefined && mentions(first, owned.a.subject));
  const change: Change = { subject, context, owned, confidence: isPrivate ? "certain" : "tentative" };
  if (subject.operation.method === "DELETE") {
    return isAccepted(done) && (isGone || isOther) ? deleted(change, evidence) : undefined;
  }
  if (hasMark(now)) return changed(change, "reads what the other wrote", evidence);
  if (isAccepted(done) && (isOther || isGone)) return changed(change, "reads something else", evidence);
  // What was put below the object does not show in it: it is looked at where it was put.
  const made = isSuccess(done.reply) ? lookAtMade(context, subject, { ...values, body }, done.reply) : undefined;
  const below = await ownerLook(made);
  if (below === undefined || !hasMark(readingOf(below.reply))) return undefined;
  return changed(change, "finds below it what the other wrote", [before, done, below]);
}

interface Change {
  readonly subject: Subject;
  readonly context: ProbeContext;
  readonly owned: Owned;
  readonly confidence: Confidence;
}

function changed(
  { subject, context, owned: { a, b, parameter }, confidence }: Change,
  how: string,
  evidence: readonly Exchange[],
): Finding {
  return context.finding({
    rule: "dynamic.object-changed-by-another",
    subject,
    parameter: `path ${parameter}`,
    what: "changed",
    message: `${b.name} changes by ${routeOf(subject)} what ${a.name} made: its owner then ${how}`,
    confidence,
    evidence,
    say: [`${a.name}, who made it, reads it`, `${b.name} changes it`, `${a.name} reads what became of it`],
  });
}

function isAccepted({ reply }: Exchange): boolean {
  return reply !== undefined && reply.status >= 200 && reply.status < 400;
}

function deleted(
  { subject, context, owned: { a, b, parameter }, confidence }: Change,
  evidence: readonly Exchange[],
): Finding {
  return context.finding({
    rule: "dynamic.object-deleted-by-another",
    subject,
    parameter: `path ${parameter}`,
    what: "deleted",
    message: `${b.name} deletes by ${routeOf(subject)} what ${a.name} made: its owner no longer finds it as it was`,
    confidence,
    evidence,
    say: [`${a.name}, who made it, reads it`, `${b.name} deletes it`, `${a.name} looks for it`],
  });
}
