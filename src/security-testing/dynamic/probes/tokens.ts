// Forged and stale credentials (ATTACKS.md J, RFC 8725): for each way to come in, everything that must not be believed.
import type { Finding } from "../../finding.ts";
import { DYNAMIC_ACCESS_RULES } from "../../rules/dynamic-access.ts";
import type { ApiProbe, ProbeContext } from "../probe.ts";
import { fieldOf } from "../wire.ts";
import { type Believed, type Refused, type Trial, trialOf, wayKey } from "./believed-forgeries.ts";
import { isRefusedBehind, severityOf, whoOf } from "./verdicts.ts";

const RULES = Object.keys(DYNAMIC_ACCESS_RULES).filter((rule) => /\.(?:token|api-key|credential)-/.test(rule));
const NAMED_MAX = 4;

export const tokens: ApiProbe = {
  id: "tokens",
  rules: [...RULES, "dynamic.refusal-unexpected", "dynamic.challenge-missing"],
  per: "api",
  async *run(context) {
    const ways = new Map(context.subjects.filter(({ isPublic }) => !isPublic).map((one) => [wayKey(one), one]));
    const reported = new Set<string>();
    for (const subject of ways.values()) {
      const { policy, operation } = subject;
      const what = `credentials that ${operation.method} ${operation.template} takes`;
      if (policy.authenticationMode === "monitor" && context.target.layer === "gate") {
        yield context.untested(what, "the policy only watches them", true);
        continue;
      }
      const trial = await trialOf(subject, context);
      if (trial === undefined) {
        // Who has no such credential is told by the matrix; an API may leave them to the gate.
        const isTold = (await context.callers.allowed(operation.id)) === undefined;
        const isExpected = isTold || context.target.layer !== "gate" || context.settings.observe;
        yield context.untested(what, "no request tells good credentials from none", isExpected);
        continue;
      }
      // The same of two ways is one flaw.
      for (const finding of findingsOf(trial, context)) {
        if (reported.has(finding.fingerprint)) continue;
        reported.add(finding.fingerprint);
        yield finding;
      }
    }
  },
};

function* findingsOf(trial: Trial, context: ProbeContext): Generator<Finding> {
  const rules = Map.groupBy(trial.believed, ({ forged }) => forged.rule);
  for (const [rule, believed] of rules) yield credentialFinding(rule, believed, trial, context);
  const { subject, good, nobody } = trial;
  for (const { caller, exchange } of trial.refused) {
    const reason = exchange.reply?.reason ?? "";
    yield context.finding({
      rule: "dynamic.refusal-unexpected",
      what: caller.name,
      message: `The gate refuses ${caller.name} (${reason}), whom the policy lets in`,
      evidence: [exchange],
      say: [`At ${subject.operation.id}.`],
    });
  }
  if (trial.fetched) {
    yield context.finding({
      rule: "dynamic.token-key-fetched",
      parameter: "header Authorization",
      what: "address in the header",
      message: `${whoOf(good)} asks for the address that a token's header names`,
      evidence: [good],
      say: [`Where such tokens were sent: ${subject.operation.id}.`],
    });
  }
  if (trial.told !== undefined) yield oracleFinding(trial.told, context);
  if (nobody.reply?.status !== 401 || fieldOf(nobody.reply, "www-authenticate") !== undefined) return;
  yield context.finding({
    rule: "dynamic.challenge-missing",
    what: "401",
    message: `${whoOf(nobody)} answers 401 without saying which credentials would do`,
    evidence: [nobody],
    say: ["Without a credential."],
  });
}

/** J30: what an unverified token says of itself is nothing to answer to. */
function oracleFinding(told: readonly [Refused, Refused], context: ProbeContext): Finding {
  const [one, other] = told;
  return context.finding({
    rule: "dynamic.token-oracle",
    parameter: "header Authorization",
    what: "",
    message: `${whoOf(one.exchange)} judges what a token says before its signature: ${one.forged.name} and ${other.forged.name} are refused in other words`,
    evidence: [one.exchange, other.exchange],
    say: [`With a token that is ${one.forged.name}.`, `With one that is ${other.forged.name}.`],
  });
}

function credentialFinding(rule: string, believed: readonly Believed[], trial: Trial, context: ProbeContext): Finding {
  const first = believed[0] as Believed;
  const [exchange] = first.exchanges as [Believed["exchanges"][number]];
  const names = believed.slice(0, NAMED_MAX).map(({ forged }) => forged.name);
  const more = believed.length > NAMED_MAX ? ` and ${believed.length - NAMED_MAX} more` : "";
  const behind = isRefusedBehind(exchange) ? "; only the API behind it does not" : "";
  const [query] = first.forged.caller.query;
  return context.finding({
    rule,
    parameter: query === undefined ? placeOf(first) : `query ${query[0]}`,
    what: "",
    message: `${whoOf(exchange)} believes a credential that must not be believed (${names.join("; ")}${more})${behind}`,
    severity: severityOf(rule, exchange),
    evidence: [exchange, trial.nobody],
    say: [`With ${first.forged.name}.`, "The same without a credential."],
  });
}

function placeOf({ forged }: Believed): string {
  const [name = "Authorization"] = forged.caller.fields[0] ?? [];
  return `header ${name}`;
}
