// Whether answers tell which accounts there are (CWE-204): a user that is known and one that is not, with the same wrong password.
import { freshWord } from "../answers.ts";
import { examplesOf } from "../requests/property-examples.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import type { RequestValues } from "../requests.ts";
import type { Subject } from "../subject.ts";
import { type Exchange, fieldOf } from "../wire.ts";

const USER = /^(?:user|user_?name|login|email|e_?mail|account|phone|identifier)$/i;
const SECRET = /^(?:password|passwd|pass|passphrase|pin|passcode)$/i;
const RECOVERY = /(?:reset|forgot|recover|magic|resend)/i;
/** Enough to see that it is no accident, and below what most limits take for an attack. */
const TIMES = 2;

export const accountExistence: OperationProbe = {
  id: "account-existence",
  rules: ["dynamic.account-existence-leak"],
  per: "operation",
  async *run(subject, context) {
    const { operation, isPublic } = subject;
    if (operation.method !== "POST" || !isPublic) return;
    const values = await context.requests.prepare(subject, context.callers.nobody);
    if ("why" in values || !isRecord(values.body)) return;
    const name = Object.keys(values.body).find((key) => USER.test(key));
    const secret = Object.keys(values.body).find((key) => SECRET.test(key));
    if (name === undefined || (secret === undefined && !RECOVERY.test(`${operation.id} ${operation.template}`))) return;
    const known = examplesOf(operation, name, context.api.set).find((example) => typeof example === "string");
    if (typeof known !== "string") {
      const why = `no account is known: give an example for body /${name}`;
      yield context.untested(`whether ${operation.id} tells which accounts there are`, why, true);
      return;
    }
    // Other guesses may have used up what an account is allowed.
    await context.reset();
    const pairs: [Exchange, Exchange][] = [];
    for (let i = 0; i < TIMES; i += 1) {
      const unknown = unknownLike(known, context);
      const password = `${freshWord(context, 12)}1A-`;
      const send = (user: string) =>
        context.client.send(
          wireOf(subject, values, { [name]: user, ...(secret === undefined ? {} : { [secret]: password }) }, context),
        );
      const pair: [Exchange, Exchange] = [await send(known), await send(unknown)];
      // Somebody counts already, or something is broken: nothing can be told.
      if (pair.some(({ reply }) => reply === undefined || reply.status === 429 || reply.status >= 500)) return;
      if (seen(pair[0], known) === seen(pair[1], unknown)) return;
      pairs.push(pair);
    }
    // The difference is the user's, not that of each answer.
    if (new Set(pairs.map(([one]) => seen(one, known))).size > 1) return;
    const [known1, unknown1] = pairs[0] as [Exchange, Exchange];
    yield context.finding({
      rule: "dynamic.account-existence-leak",
      subject,
      parameter: `body /${name}`,
      what: "",
      message: `${operation.id} answers a user that exists otherwise than one that does not, with the same wrong password`,
      confidence: "firm",
      evidence: [known1, unknown1],
      say: ["A user that the document names.", "One that nobody is called."],
    });
  },
};

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wireOf(
  subject: Subject,
  values: RequestValues,
  own: Readonly<Record<string, unknown>>,
  { requests, callers }: ProbeContext,
) {
  return requests.wire(subject, { ...values, body: { ...(values.body as object), ...own } }, callers.nobody);
}

/** Of the same length: some answers say how long something was. */
function unknownLike(known: string, context: ProbeContext): string {
  const [local = "", domain] = known.split("@");
  const word = freshWord(context, Math.max(local.length, 6));
  return domain === undefined ? word : `${word}@${domain}`;
}

const VOLATILE = /\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-f]{16,}\b|\d{4}-\d\d-\d\dT[\d:.]+Z?|\d{6,}/gi;

/** What whoever asks sees, without what differs each time. */
function seen({ reply }: Exchange, user: string): string {
  if (reply === undefined) return "";
  const text = reply.body.toString("utf8").replaceAll(user, "<user>").replaceAll(VOLATILE, "<n>");
  return JSON.stringify([
    reply.status,
    fieldOf(reply, "www-authenticate") !== undefined,
    fieldOf(reply, "set-cookie") !== undefined,
    text,
  ]);
}
