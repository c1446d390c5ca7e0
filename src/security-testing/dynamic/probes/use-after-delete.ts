// State: what its owner deleted is asked for again, and what hangs on it as well.
import { allowedRequest } from "../answers.ts";
import type { Finding } from "../../finding.ts";
import { namelessTemplate } from "../../nameless.ts";
import type { Caller } from "../callers.ts";
import { madeUpId } from "../objects/made-up.ts";
import { type Look as Reader, looksByIdOf } from "../objects/made.ts";
import { namesIn } from "../requests/connections.ts";
import { hasChanged, isSuccess, likeness, type Reading as Read, readingOf, steadyPart } from "../objects/reading.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import type { RequestValues } from "../requests.ts";
import { routeOf, type Subject } from "../subject.ts";
import type { Exchange } from "../wire.ts";

/** What is deleted a moment later is deleted, too. */
const LATER_MS = 500;

export const useAfterDelete: OperationProbe = {
  id: "use-after-delete",
  per: "operation",
  rules: ["dynamic.use-after-delete"],
  async *run(subject, context) {
    const { operation } = subject;
    const parameter = namesIn(operation.template).at(-1);
    if (operation.method !== "DELETE" || parameter === undefined || !operation.template.endsWith(`{${parameter}}`))
      return;
    const allowed = await allowedRequest(subject, context);
    if (allowed === undefined || !allowed.isOwn || !context.mayChange(subject, true)) return;
    const looks = await looksAt(context, subject, parameter, allowed.values);
    const deleted = await context.client.send(allowed.wire);
    // 202 promises that it will be (RFC 9110 15.3.3).
    if (!isSuccess(deleted.reply) || deleted.reply.status === 202) return;
    for (const look of looks) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other: politeness
      const found = await lookAgain(context, subject, parameter, look, deleted);
      if (found !== undefined) yield found;
    }
  },
};

interface Look {
  readonly reading: Reader;
  readonly caller: Caller;
  readonly before: Exchange;
  readonly steady: Read;
  readonly first: Read;
}

/** The object as it is read before, and all that is read by nothing but its id. */
async function looksAt(
  context: ProbeContext,
  subject: Subject,
  parameter: string,
  values: RequestValues,
): Promise<readonly Look[]> {
  const looks: Look[] = [];
  for (const at of looksByIdOf(context, subject, parameter, values)) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other: politeness
    const look = await lookBefore(context, at);
    if (look !== undefined) looks.push(look);
  }
  return looks;
}

async function lookBefore(context: ProbeContext, reading: Reader): Promise<Look | undefined> {
  const { callers, client, requests } = context;
  const { reader, values } = reading;
  const caller = await callers.allowed(reader.operation.id, "a");
  if (caller === undefined) return undefined;
  const before = await client.send(requests.wire(reader, values, caller));
  const first = readingOf(before.reply);
  if (first === undefined) return undefined;
  const second = readingOf((await client.send(requests.wire(reader, values, caller))).reply);
  return second === undefined ? undefined : { reading, caller, before, first, steady: steadyPart(first, second) };
}

async function lookAgain(
  context: ProbeContext,
  subject: Subject,
  parameter: string,
  { reading, caller, before, first, steady }: Look,
  deleted: Exchange,
): Promise<Finding | undefined> {
  const { client, requests, random } = context;
  const { reader, values } = reading;
  const isThere = ({ reply }: Exchange) => {
    const now = readingOf(reply);
    // What says of itself that it is cancelled is an answer of its own.
    return now !== undefined && steady.size > 0 && !hasChanged(steady, first, now);
  };
  const ask = (values: RequestValues) => client.send(requests.wire(reader, values, caller));
  if (!isThere(await ask(values))) return undefined;
  await new Promise((resolve) => setTimeout(resolve, LATER_MS));
  const after = await ask(values);
  if (!isThere(after)) return undefined;
  // What a link leads to has the id by a name of its own.
  const name = Object.hasOwn(values.path, parameter) ? parameter : (Object.keys(values.path)[0] ?? "");
  const none = { ...values, path: { ...values.path, [name]: madeUpId(values.path[name], random) } };
  const madeUp = readingOf((await ask(none)).reply);
  if (madeUp !== undefined && likeness(steady, madeUp) > 0.5) return undefined;
  const isItself = reader.operation.template === subject.operation.template;
  return context.finding({
    rule: "dynamic.use-after-delete",
    subject,
    parameter: `path ${parameter}`,
    what: `still read by ${namelessTemplate(reader.operation.documentTemplate)}`,
    message: `What ${routeOf(subject)} deleted is still answered by ${routeOf(reader)}, unchanged`,
    // A bill may have to be kept when its order is gone.
    confidence: isItself ? "certain" : "tentative",
    ...(isItself ? {} : { severity: "low" as const }),
    evidence: [before, deleted, after],
    say: ["it is there", "its owner deletes it", "it is read again, as it was"],
  });
}
