// Answers for one caller that caches may keep (CWE-524; RFC 9111 3.5, 5.2.2): the next one gets them, or finds them.
import { allowedRequest, isServed } from "../answers.ts";
import type { OperationProbe } from "../probe.ts";
import { type Reply, fieldOf } from "../wire.ts";

/** What keeps an answer from others: not stored, stored for one, or never used without asking again. */
const HOLDS = /^(?:no-store|private(?:=.*)?|no-cache|max-age="?0"?)$/i;
/** What lets a shared cache store the answer to a request with Authorization (RFC 9111 3.5). */
const OPENS = /^(?:public|s-maxage=.*)$/i;

export const caching: OperationProbe = {
  id: "caching",
  rules: ["dynamic.private-answer-cacheable"],
  per: "operation",
  async *run(subject, context) {
    if (subject.isPublic || !subject.isSafe) return;
    const allowed = await allowedRequest(subject, context);
    if (allowed === undefined) return;
    const answer = await context.client.send(allowed.wire);
    if (answer.reply === undefined || !isServed(answer)) return;
    const how = kept(answer.reply);
    if (how === undefined) return;
    const { method, template } = subject.operation;
    const said = fieldOf(answer.reply, "cache-control");
    yield context.finding({
      rule: "dynamic.private-answer-cacheable",
      subject,
      parameter: "answer Cache-Control",
      what: how,
      message:
        how === "shared"
          ? `Any cache may keep what ${method} ${template} answers one caller: ${said ?? ""}`
          : `Nothing says that what ${method} ${template} answers is for one caller`,
      confidence: "certain",
      ...(how === "shared" ? {} : { severity: "low" as const }),
      evidence: [answer],
    });
  },
};

function kept(reply: Reply): "shared" | "unsaid" | undefined {
  const all = reply.fields.filter(([name]) => name === "cache-control").flatMap(([, value]) => value.split(","));
  const directives = all.map((directive) => directive.trim());
  const varies = (fieldOf(reply, "vary") ?? "").split(",").map((name) => name.trim().toLowerCase());
  if (varies.includes("*") || varies.includes("authorization")) return undefined;
  if (directives.some((directive) => OPENS.test(directive))) return "shared";
  return directives.some((directive) => HOLDS.test(directive)) ? undefined : "unsaid";
}
