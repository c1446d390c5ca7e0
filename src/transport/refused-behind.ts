// What the authorization server refused: judged behind the gate, and recorded as what it is, not as an access that was allowed.
import type { AnswerHead, Exchange } from "../core/exchange.ts";
import { isOAuthRefusal } from "../core/reasons/oauth.ts";
import { isReasonCode } from "../core/reasons/registry.ts";
import { readToldRefusal, TOLD_REFUSAL } from "../http/told-refusal.ts";
import { equalsIgnoringCase } from "../http/tokens.ts";

const FIELD = TOLD_REFUSAL.toLowerCase();

/** Takes the field off the answer. Only for answers of the authorization server: nobody else is asked. */
export function takeToldRefusal(exchange: Exchange, answer: AnswerHead): void {
  if (answer.status < 400 || answer.origin === "gate") return;
  const { lines } = answer;
  const at = lines.findIndex((name, i) => i % 2 === 0 && equalsIgnoringCase(name, FIELD));
  if (at < 0) return;
  const { reason, client } = readToldRefusal(lines[at + 1] as string);
  answer.lines = lines.toSpliced(at, 2);
  if (isOAuthRefusal(reason) || isReasonCode(reason)) exchange.refusedBehind = { reason, client };
}
