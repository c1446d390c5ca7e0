// Guessing of passwords (CWE-307): an operation that takes one must stop answering after some that are wrong.
import type { Finding } from "../../finding.ts";
import { freshWord, sameShape } from "../answers.ts";
import type { OperationProbe, ProbeContext } from "../probe.ts";
import type { RequestValues } from "../requests.ts";
import type { Subject } from "../subject.ts";
import type { Client, Exchange } from "../wire.ts";

const SECRET = /^(?:password|passwd|pass|passphrase|pin|otp|passcode|totp|mfa_?code|verification_?code)$/i;
/** OWASP ASVS 5 (6.3.1) lets nobody guess so often unhindered. */
const GUESSES = 30;
/** A limit of the policy that comes soon enough is waited for. */
const GUESSES_MAX = 120;
const WRONG: ReadonlySet<number> = new Set([401, 403]);

export const guessing: OperationProbe = {
  id: "guessing",
  rules: ["dynamic.guessing-unlimited"],
  per: "operation",
  async *run(subject, context) {
    if (subject.operation.method !== "POST" || subject.operation.requestBody === undefined) return;
    const { callers, requests } = context;
    const caller = subject.isPublic ? callers.nobody : await callers.allowed(subject.operation.id);
    const values = caller && (await requests.prepare(subject, caller));
    if (caller === undefined || values === undefined || "why" in values) return;
    const name = secretIn(values);
    if (name === undefined) return;
    await context.reset();
    const limited = await context.limited();
    try {
      if (limited.isShared) {
        const what = `guessing at ${subject.operation.method} ${subject.operation.template}`;
        yield context.untested(what, "with --url the account would be held up for its owner, and the run with it");
        return;
      }
      const ask = () => limited.client.send(requests.wire(subject, guess(values, name, context), caller));
      yield* guessed(subject, name, ask, context);
    } finally {
      await limited.close();
      await context.reset();
    }
  },
};

async function* guessed(
  subject: Subject,
  name: string,
  ask: () => ReturnType<Client["send"]>,
  context: ProbeContext,
): AsyncGenerator<Finding> {
  const count = guessesFor(subject);
  const answers: Exchange[] = [];
  while (answers.length < count) {
    const answer = await ask();
    answers.push(answer);
    // Whatever comes in place of the usual answer is what stops who guesses.
    if (!WRONG.has(answer.reply?.status ?? 0) || answer.reply?.status !== answers[0]?.reply?.status) return;
  }
  const { method, template } = subject.operation;
  yield context.finding({
    rule: "dynamic.guessing-unlimited",
    subject,
    parameter: `body /${name}`,
    what: "password",
    message: `${count} wrong guesses for one account were answered alike by ${method} ${template}: nothing stops them`,
    confidence: "firm",
    evidence: [answers[0] as Exchange, answers.at(-1) as Exchange],
    say: ["The first guess.", `The guess number ${count}.`],
  });
}

function guessesFor({ policy, isPublic }: Subject): number {
  const counted = policy.limits.filter(
    ({ limit }) =>
      policy.rateLimitingMode === "enforce" &&
      (!isPublic || limit.key.includes("address") || limit.fallback === "address"),
  );
  const soonest = Math.min(...counted.map(({ limit }) => limit.limit));
  return soonest > GUESSES && soonest <= GUESSES_MAX ? soonest + 2 : GUESSES;
}

function secretIn({ body }: RequestValues): string | undefined {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return undefined;
  return Object.keys(body).find((name) => SECRET.test(name));
}

/** Of the form of the value that it stands for. */
function guess(values: RequestValues, name: string, context: ProbeContext): RequestValues {
  const body = values.body as Readonly<Record<string, unknown>>;
  const usual = typeof body[name] === "string" ? body[name] : "";
  const other = /^\d+$/.test(usual) ? sameShape(usual, context) : freshWord(context, Math.max(12, usual.length));
  return { ...values, body: { ...body, [name]: other } };
}
