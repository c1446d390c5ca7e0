// What the head of answers gives away or leaves out: software and its version, and whether browsers stay with TLS.
import { allowedRequest, freshWord } from "../answers.ts";
import type { ApiProbe, ProbeContext } from "../probe.ts";
import { type Exchange, fieldOf } from "../wire.ts";

/** Fields that name software. What others say with a number in it is theirs. */
const TELLING = [
  "server",
  "x-powered-by",
  "x-aspnet-version",
  "x-aspnetmvc-version",
  "x-generator",
  "x-runtime",
  "via",
];
const SPELLED: Readonly<Record<string, string>> = {
  server: "Server",
  via: "Via",
  "x-powered-by": "X-Powered-By",
  "x-aspnet-version": "X-AspNet-Version",
  "x-aspnetmvc-version": "X-AspNetMvc-Version",
  "x-generator": "X-Generator",
  "x-runtime": "X-Runtime",
};
const HSTS = "strict-transport-security";
/** Half a year: less is forgotten between two visits. */
const HSTS_SECONDS_MIN = 15_552_000;

export const answerHeads: ApiProbe = {
  id: "answer-heads",
  rules: ["dynamic.version-told", "dynamic.hsts-missing"],
  per: "api",
  async *run(context) {
    const answers = await someAnswers(context);
    for (const name of TELLING) {
      const telling = answers.find(({ reply }) => isTelling(name, reply && fieldOf(reply, name), context));
      if (telling?.reply === undefined) continue;
      yield context.finding({
        rule: "dynamic.version-told",
        parameter: `answer ${SPELLED[name] ?? name}`,
        what: name,
        message: `Answers name what the API runs on: ${fieldOf(telling.reply, name) ?? ""}`,
        confidence: "certain",
        evidence: [telling],
      });
    }
    const { layer, isTls } = context.target;
    if (!isTls || (layer === "gate" && context.settings.transport.hsts === undefined)) return;
    const open = answers.find(({ reply }) => reply !== undefined && !isHeld(fieldOf(reply, HSTS), context));
    if (open?.reply === undefined) return;
    const said = fieldOf(open.reply, HSTS);
    yield context.finding({
      rule: "dynamic.hsts-missing",
      parameter: "answer Strict-Transport-Security",
      what: said === undefined ? "missing" : "weak",
      message:
        said === undefined
          ? "Answers do not tell browsers to stay with TLS"
          : `Answers tell browsers to stay with TLS less than they should: ${said}`,
      confidence: "certain",
      evidence: [open],
    });
  },
};

/** Of what is there, of what is not, and of what cannot be read. */
async function someAnswers(context: ProbeContext): Promise<readonly Exchange[]> {
  const reading = context.subjects.filter(({ isSafe }) => isSafe);
  const chosen = [reading.find(({ isPublic }) => isPublic), reading.find(({ isPublic }) => !isPublic)];
  const answers: Exchange[] = [];
  for (const subject of chosen) {
    const allowed = subject && (await allowedRequest(subject, context));
    if (allowed !== undefined) answers.push(await context.client.send(allowed.wire));
  }
  const wire = { method: "GET", fields: [] };
  answers.push(await context.client.send({ ...wire, target: `/${freshWord(context)}` }));
  answers.push(await context.client.send({ ...wire, target: "/%" }));
  return answers;
}

/** Beside the gate only what has a version; the gate lets none of them out. */
function isTelling(name: string, value: string | undefined, { target, settings }: ProbeContext): boolean {
  if (value === undefined) return false;
  if (target.layer === "gate" && !settings.observe) return name !== "via";
  return /\d/.test(value) || name === "x-powered-by";
}

/** At the gate what the policy says, to the letter. */
function isHeld(value: string | undefined, { target, settings }: ProbeContext): boolean {
  if (value === undefined) return false;
  if (target.layer === "gate") return value === settings.transport.hsts;
  return Number(/max-age="?(\d+)/i.exec(value)?.[1] ?? 0) >= HSTS_SECONDS_MIN;
}
