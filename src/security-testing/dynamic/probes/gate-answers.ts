// What a gate adds to the answers of each operation: what browsers and caches are told, who may read, how much is left.
import { countedRequest } from "../answers.ts";
import type { Case, OperationProbe } from "../probe.ts";
import type { Subject } from "../subject.ts";
import { type Exchange, fieldOf, type Wire } from "../wire.ts";
import { preflightOf, withOrigin } from "./pages.ts";

const ENDLESS_MS_MAX = 2_000;

type Found = Omit<Case, "subject" | "evidence">;

export const gateAnswers: OperationProbe = {
  id: "gate-answers",
  rules: ["dynamic.answer-field-missing", "dynamic.limit-untold", "dynamic.cors-narrower", "dynamic.cors-reflected"],
  per: "operation",
  async *run(subject, context) {
    if (context.target.layer !== "gate" || context.settings.observe) return;
    const counted = await countedRequest(subject, context);
    if (counted === undefined) return;
    const { wire } = counted;
    const send = (one: Wire) => context.client.send(one, { timeoutMs: ENDLESS_MS_MAX });
    const answer = await send(wire);
    const cases: [Found, Exchange][] = [...told(answer, subject)].map((found) => [found, answer]);
    const origin = listedOrigin(subject);
    if (origin !== undefined) {
      const plain = await send(withOrigin(wire, origin));
      const preflight = await send(preflightOf(wire, origin, wire.method));
      for (const one of [plain, preflight]) {
        if (one.reply !== undefined && !letsIn(one, origin)) cases.push([narrower(one, origin), one]);
      }
    }
    const foreign = `https://${origin === undefined ? "page" : "other"}.example`;
    const strange = await send(withOrigin(wire, foreign));
    if (subject.policy.cors?.origins !== "*" && letsIn(strange, foreign)) {
      const message = "Pages of any origin may read answers";
      cases.push([
        { rule: "dynamic.cors-reflected", parameter: "header Origin", what: "any origin", message },
        strange,
      ]);
    }
    for (const [found, exchange] of cases) yield context.finding({ subject, ...found, evidence: [exchange] });
  },
};

function* told({ reply }: Exchange, { operation, policy, isPublic }: Subject): Generator<Found> {
  if (reply === undefined) return;
  const { method, template } = operation;
  const lacking = (field: string): Found => ({
    rule: "dynamic.answer-field-missing",
    parameter: `answer ${field}`,
    what: field,
    message: `Answers of ${method} ${template} lack what the gate says in ${field}`,
  });
  if (fieldOf(reply, "x-content-type-options")?.toLowerCase() !== "nosniff") yield lacking("X-Content-Type-Options");
  const caching = fieldOf(reply, "cache-control") ?? "";
  if (!isPublic && !/no-store|private/i.test(caching)) yield lacking("Cache-Control");
  if (policy.rateLimitingMode !== "enforce") return;
  const names = fieldOf(reply, "ratelimit-policy") ?? "";
  const untold = policy.limits.find(
    ({ limit }) =>
      !names.includes(`"${limit.name}"`) && (limit.fallback === "address" || limit.key.includes("address")),
  );
  if (untold === undefined) return;
  yield {
    rule: "dynamic.limit-untold",
    parameter: "answer RateLimit",
    what: untold.limit.name,
    message: `Answers of ${method} ${template} do not say what is left of the limit ${untold.limit.name}`,
  };
}

function narrower({ wire }: Exchange, origin: string): Found {
  const what = wire.method === "OPTIONS" ? "preflight" : "answer";
  const message = `Pages of ${origin}, which the policy lists, may not read: the ${what} does not let them`;
  return { rule: "dynamic.cors-narrower", parameter: "header Origin", what, message };
}

/** The first that the policy lists; any where it lists all. */
function listedOrigin({ policy: { cors } }: Subject): string | undefined {
  if (cors === undefined) return undefined;
  return cors.origins === "*" ? "https://page.example" : cors.origins[0];
}

function letsIn({ reply }: Exchange, origin: string): boolean {
  const allowed = reply && fieldOf(reply, "access-control-allow-origin");
  return allowed === origin || allowed === "*";
}
