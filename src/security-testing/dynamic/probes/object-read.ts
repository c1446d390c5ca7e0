// Object level, reading: what one caller made is asked for by another, and so is what nobody has.
import type { Finding, Untested } from "../../finding.ts";
import { isAnothers, isPrivate } from "../objects/anothers.ts";
import { addTo, isEmptyList } from "../objects/filling.ts";
import { madeUpId } from "../objects/made-up.ts";
import { mixedFor, type Owned, ownedFor } from "../objects/owned.ts";
import { readingOf } from "../objects/reading.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import type { Caller } from "../callers.ts";
import type { RequestValues } from "../requests.ts";
import { isEndless, routeOf, type Subject } from "../subject.ts";
import type { Exchange } from "../wire.ts";

export const objectRead: OperationProbe = {
  id: "object-read",
  per: "operation",
  rules: ["dynamic.object-read-by-another", "dynamic.object-existence-leak"],
  async *run(subject, context) {
    if (subject.operation.method !== "GET" || isEndless(subject)) return;
    const owned = await ownedFor(context, subject);
    if (owned === undefined) return;
    if ("why" in owned) {
      yield owned;
      return;
    }
    const found = await read(subject, context, owned, owned.values);
    if (found !== undefined) yield found;
    else yield* mixed(subject, context, owned);
  },
};

async function read(
  subject: Subject,
  context: ProbeContext,
  { a, b, values, parameter, isApart, isSelf }: Owned,
  asked: RequestValues,
): Promise<Finding | undefined> {
  const ask = (values: RequestValues, caller: Caller) =>
    context.client.send(context.requests.wire(subject, values, caller));
  let own = await ask(values, a);
  if (!isSelf && isEmptyList(own.reply) && (await addTo(context, subject, values))) own = await ask(values, a);
  const ownReading = readingOf(own.reply);
  if (ownReading === undefined) return undefined;
  const others = await ask(asked, b);
  const none = { ...asked, path: { ...asked.path, [parameter]: madeUpId(asked.path[parameter], context.random) } };
  const madeUp = await ask(none, b);
  const othersReading = readingOf(others.reply);
  if (othersReading === undefined) {
    const isTold = tells(others, madeUp) && tells(await ask(asked, b), await ask(none, b));
    return isTold ? existence(subject, context, parameter, b, [own, others, madeUp]) : undefined;
  }
  const again = readingOf((await ask(values, a)).reply);
  if (again === undefined) return undefined;
  const confidence = isAnothers({
    own: [ownReading, again],
    others: othersReading,
    madeUp: readingOf(madeUp.reply),
    told: Object.values(asked.path),
    marks: a.subject === undefined ? [] : [a.subject],
    isApart,
  });
  // People are shown to each other on purpose, but for what is nobody else's business, and for what hangs on them.
  const mayBeShown = isSelf && subject.operation.template.endsWith("}") && !isPrivate(othersReading);
  if (confidence === undefined || mayBeShown) return undefined;
  return context.finding({
    rule: "dynamic.object-read-by-another",
    subject,
    parameter: `path ${parameter}`,
    what: "read",
    message: isSelf
      ? `${b.name} reads by ${routeOf(subject)} what the API keeps of ${a.name}, in the same words`
      : `${b.name} reads by ${routeOf(subject)} what ${a.name} made, in the same words as its owner`,
    confidence: isSelf ? "tentative" : confidence,
    evidence: [own, others, madeUp],
    say: [
      isSelf ? `${a.name}, whom it is about, reads it` : `${a.name}, who made it, reads it`,
      `${b.name} reads the same`,
      "an id that nobody has is answered otherwise",
    ],
  });
}

/** The API itself refuses: what the gate says, it says without knowing the object. */
function tells(others: Exchange, madeUp: Exchange): boolean {
  return (
    others.reply?.from === "api" &&
    others.reply.status === 403 &&
    madeUp.reply?.from === "api" &&
    (madeUp.reply.status === 404 || madeUp.reply.status === 410)
  );
}

function existence(
  subject: Subject,
  context: ProbeContext,
  parameter: string,
  b: Caller,
  evidence: readonly Exchange[],
): Finding {
  const [, others, madeUp] = evidence.map(({ reply }) => reply?.status);
  return context.finding({
    rule: "dynamic.object-existence-leak",
    subject,
    parameter: `path ${parameter}`,
    what: "403 against 404",
    message: `${b.name} is answered ${others} for what is another's and ${madeUp} for what does not exist by ${routeOf(subject)}, and so learns which ids there are`,
    evidence,
    say: [
      "its owner reads it",
      `${b.name} is refused with ${others}`,
      `an id that nobody has is refused with ${madeUp}`,
    ],
  });
}

/** The owner of what stands first in the path is checked, and not that the rest belongs to it. */
async function* mixed(subject: Subject, context: ProbeContext, owned: Owned): AsyncGenerator<Finding | Untested> {
  const asked = await mixedFor(context, subject, owned);
  const found = asked === undefined ? undefined : await read(subject, context, owned, asked);
  if (found !== undefined) yield found;
}
