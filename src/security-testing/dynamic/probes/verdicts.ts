// Whether somebody came in: at the gate by who answered, beside it by what the API did.
import { SEVERITIES, type Severity } from "../../rule.ts";
import { ruleOf } from "../../registry.ts";
import type { Exchange } from "../wire.ts";

/** `unknown`: something else went wrong first. */
export type Verdict = "passed" | "refused" | "unknown";

export function verdictOf({ reply, layer }: Exchange): Verdict {
  if (reply === undefined) return "unknown";
  if (layer === "upstream") {
    if (reply.status >= 500) return "unknown";
    return reply.status >= 200 && reply.status < 400 ? "passed" : "refused";
  }
  const { reason } = reply;
  if (reason === undefined) return reply.from === "api" ? "passed" : "unknown";
  // A field that stands twice is refused before anybody asks what it says.
  if (/^(?:authentication|authorization)\./.test(reason) || reason === "transport.fields-invalid") return "refused";
  // Values and answers are judged once it is known who asks.
  const isBehind = reason.startsWith("validation.") && !reason.endsWith("-undeclared");
  return isBehind || reason.startsWith("transport.upstream-") ? "passed" : "unknown";
}

/** Whether the API itself refused what the gate had let pass. */
export function isRefusedBehind({ reply, layer }: Exchange): boolean {
  return layer === "gate" && reply?.from === "api" && (reply.status === 401 || reply.status === 403);
}

/** The rule's severity; one lower where the API behind refused what the gate should have. */
export function severityOf(rule: string, exchange: Exchange): Severity {
  const { severity } = ruleOf(rule);
  const index = SEVERITIES.indexOf(severity) + (isRefusedBehind(exchange) ? 1 : 0);
  return SEVERITIES[Math.min(index, SEVERITIES.length - 1)] as Severity;
}

/** Who was wrong to let it pass, in the words of messages. */
export function whoOf({ layer }: Exchange): string {
  return layer === "gate" ? "The gate" : "The API";
}
