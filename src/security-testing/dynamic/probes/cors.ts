// Pages of other origins (Fetch 3.2, CWE-942): who answers whatever origin asks lets every page read what its visitors may.
import type { CorsSettings } from "../../../configuration/settings.ts";
import type { Finding } from "../../finding.ts";
import { allowedRequest, freshWord } from "../answers.ts";
import type { ApiProbe, Case, ProbeContext } from "../probe.ts";
import type { Subject } from "../subject.ts";
import { type Exchange, fieldOf, type Wire } from "../wire.ts";
import { preflightOf, withOrigin } from "./pages.ts";

/** Groups beyond that repeat what the first ones show. */
const SUBJECTS_MAX = 12;

export const cors: ApiProbe = {
  id: "cors",
  rules: ["dynamic.cors-reflected", "dynamic.cors-beyond-policy"],
  per: "api",
  async *run(context) {
    const reported = new Set<string>();
    for (const subject of oneOfEach(context.subjects)) {
      const allowed = await allowedRequest(subject, context);
      if (allowed === undefined) continue;
      for (const found of await judge(subject, allowed.wire, context)) {
        // The same wherever it shows: it is set up once for the API.
        const key = `${found.rule} ${found.what}`;
        if (reported.has(key)) continue;
        reported.add(key);
        yield finding(found, context);
      }
    }
  },
};

function finding(found: Case, context: ProbeContext): Finding {
  return context.finding({ parameter: "header Origin", confidence: "certain", ...found });
}

async function judge(subject: Subject, wire: Wire, context: ProbeContext): Promise<Case[]> {
  const { client, target } = context;
  // The gate says what the policy says; what the API says of itself is its own.
  const rules = target.layer === "gate" ? subject.policy.cors : undefined;
  const cases: Case[] = [];
  for (const [what, origin] of foreign(rules, context)) {
    const plain = await client.send(withOrigin(wire, origin));
    const preflight = await client.send(preflightOf(wire, origin, wire.method, ["authorization"]));
    const answers = [plain, preflight];
    const open = answers.filter((answer) => isOpenTo(answer, origin, rules));
    if (open.length === 0) continue;
    const isCredentialed = open.some((answer) => said(answer, "access-control-allow-credentials") === "true");
    const how = isCredentialed ? ", with the cookies of their visitors" : "";
    cases.push({
      rule: "dynamic.cors-reflected",
      what,
      message: `Pages of ${what} may read answers${how}`,
      ...(isCredentialed ? {} : { severity: "medium" as const }),
      evidence: open,
    });
  }
  if (rules !== undefined && rules.origins !== "*" && target.layer === "gate") {
    cases.push(...(await beyond(rules, wire, context)));
  }
  return cases;
}

/** What a page that is listed gets beyond what the policy gives it. */
async function beyond(rules: CorsSettings, wire: Wire, context: ProbeContext): Promise<Case[]> {
  const [origin] = rules.origins as readonly string[];
  if (origin === undefined) return [];
  const field = `x-${freshWord(context)}`;
  const plain = await context.client.send(withOrigin(wire, origin));
  const preflight = await context.client.send(preflightOf(wire, origin, wire.method, [field]));
  const cases: Case[] = [];
  const rule = "dynamic.cors-beyond-policy";
  if (!rules.credentials && said(plain, "access-control-allow-credentials") === "true") {
    const message = "Pages that are listed may send cookies, which the policy does not allow";
    cases.push({ rule, what: "credentials", message, evidence: [plain] });
  }
  const fields = (said(preflight, "access-control-allow-headers") ?? "").toLowerCase();
  if (isAllowed(preflight) && (fields.includes(field) || fields.trim() === "*")) {
    const message = "Pages that are listed may send any field, which the policy does not allow";
    cases.push({ rule, what: "fields", message, evidence: [preflight] });
  }
  return cases;
}

/** Origins that the policy does not list: strangers, `null`, and what looks like one that is listed. */
function foreign(rules: CorsSettings | undefined, context: ProbeContext): [what: string, origin: string][] {
  const word = freshWord(context);
  const listed = rules === undefined || rules.origins === "*" ? [] : rules.origins;
  const alike = listed.slice(0, 1).flatMap((origin): [string, string][] => [
    ["an origin that begins like one that is listed", `${origin}.${word}.example`],
    ["an origin that ends like one that is listed", origin.replace("://", `://${word}`)],
  ]);
  const strange: [string, string][] = [
    ["any origin", `https://${word}.example`],
    ["the origin null", "null"],
  ];
  return [...strange, ...alike].filter(([, origin]) => !listed.includes(origin));
}

/** `*` alone opens nothing that a visitor's browser adds a cookie to; at the gate it is what the policy says, or wrong. */
function isOpenTo(answer: Exchange, origin: string, rules: CorsSettings | undefined): boolean {
  const allowed = said(answer, "access-control-allow-origin");
  if (allowed === origin) return true;
  return allowed === "*" && answer.layer === "gate" && rules?.origins !== "*";
}

function isAllowed({ reply }: Exchange): boolean {
  return reply !== undefined && reply.status >= 200 && reply.status < 300;
}

function said({ reply }: Exchange, name: string): string | undefined {
  return reply === undefined ? undefined : fieldOf(reply, name);
}

/** One operation for each set of rules, public ones and guarded ones apart; what only reads. */
function oneOfEach(subjects: readonly Subject[]): readonly Subject[] {
  const groups = new Map<string, Subject>();
  for (const subject of subjects.filter(({ isSafe }) => isSafe)) {
    const { cors } = subject.policy;
    const key = JSON.stringify([subject.isPublic, cors?.origins, cors?.credentials, cors?.allowedHeaders]);
    if (!groups.has(key)) groups.set(key, subject);
  }
  return [...groups.values()].slice(0, SUBJECTS_MAX);
}
