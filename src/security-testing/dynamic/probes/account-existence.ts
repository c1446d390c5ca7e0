// Whether answers tell which accounts there are (CWE-204): a user that is known and one that is not, with the same wrong password.
import { freshWord } from "../answers.ts";
import { examplesOf } from "../requests/property-examples.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import type { RequestValues } from "../requests.ts";
import type { Subject } from "../subject.ts";
import type { Exchange } from "../wire.ts";
import { seen } from "./seen.ts";

const USER = /^(?:user|user_?name|login|email|e_?mail|account|phone|identifier)$/i;
const SECRET = /^(?:password|passwd|pass|passphrase|pin|passcode)$/i;
const RECOVERY = /(?:reset|forgot|recover|magic|resend)/i;
/** Enough to see that it is no accident, and below what most limits take for an attack. */
const TIMES = 2;
/** Pairs whose times must all stand apart. */
const TIMED = 9;
const APART_MS = 8;

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
    const ask = async (): Promise<Pair> => {
      const other = unknownLike(known, context);
      const password = `${freshWord(context, 12)}1A-`;
      const send = (user: string) =>
        context.client.send(
          wireOf(subject, values, { [name]: user, ...(secret === undefined ? {} : { [secret]: password }) }, context),
        );
      return { known: await send(known), unknown: await send(other), names: [known, other] };
    };
    const told = await difference(ask);
    if (told === undefined) return;
    const { how, pair } = told;
    yield context.finding({
      rule: "dynamic.account-existence-leak",
      subject,
      parameter: `body /${name}`,
      what: how,
      message: `${operation.id} answers a user that exists ${how} than one that does not, with the same wrong password`,
      confidence: how === "otherwise" ? "firm" : "tentative",
      evidence: [pair.known, pair.unknown],
      say: ["A user that the document names.", "One that nobody is called."],
    });
  },
};

interface Pair {
  readonly known: Exchange;
  readonly unknown: Exchange;
  readonly names: readonly [existing: string, invented: string];
}

/** The same words are asked again for as long as the times of the two kinds stand apart: noise mixes them soon. */
async function difference(
  ask: () => Promise<Pair>,
): Promise<{ readonly how: "otherwise" | "slower" | "faster"; readonly pair: Pair } | undefined> {
  const pairs: Pair[] = [];
  while (pairs.length < TIMED) {
    const pair = await ask();
    // Somebody counts already, or something is broken: nothing can be told.
    if ([pair.known, pair.unknown].some(({ reply }) => !isSound(reply))) return undefined;
    pairs.push(pair);
    const differing = pairs.filter(
      ({ known, unknown, names }) => seen(known, [names[0]]) !== seen(unknown, [names[1]]),
    );
    if (differing.length > 0) {
      if (differing.length < pairs.length) return undefined;
      if (pairs.length < TIMES) continue;
      // The difference is the user's, not that of each answer.
      return new Set(pairs.map(({ known, names }) => seen(known, [names[0]]))).size === 1
        ? { how: "otherwise", pair }
        : undefined;
    }
    // The first opens what the others use.
    if (pairs.length > TIMES && slowerOf(pairs.slice(1)) === undefined) return undefined;
  }
  const slower = slowerOf(pairs.slice(1));
  return slower && { how: slower === "known" ? "slower" : "faster", pair: pairs.at(-1) as Pair };
}

function isSound(reply: Exchange["reply"]): boolean {
  return reply !== undefined && reply.status !== 429 && reply.status < 500;
}

/** The kind whose fastest answer takes twice as long as the slowest of the other. */
function slowerOf(pairs: readonly Pair[]): "known" | "unknown" | undefined {
  const times = (kind: "known" | "unknown") => pairs.map((pair) => pair[kind].reply?.tookMs ?? 0);
  const isSlower = (slow: readonly number[], fast: readonly number[]) =>
    Math.min(...slow) > Math.max(2 * Math.max(...fast), Math.max(...fast) + APART_MS);
  if (isSlower(times("known"), times("unknown"))) return "known";
  return isSlower(times("unknown"), times("known")) ? "unknown" : undefined;
}

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
