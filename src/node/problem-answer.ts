// The answer that a denial becomes: problem+json with the reason and the request id.
import type { AnswerHead, Exchange } from "../core/exchange.ts";
import type { Denial, Violation } from "../core/outcome.ts";
import { REASONS } from "../core/reasons/registry.ts";
import { problemBody } from "../http/problem.ts";

/** The head and body of a denial, before response guards see it: RFC 9457 with the reason and the request id. */
export function problemAnswer(exchange: Exchange, denial: Denial): { head: AnswerHead; body: Buffer } {
  const reason = REASONS[denial.reason];
  const status = denial.status ?? reason.status;
  const violations = denial.violations?.some(isOfAnswer) === true ? undefined : denial.violations;
  const body = Buffer.from(
    problemBody({
      status,
      title: reason.title,
      reason: denial.reason,
      requestId: exchange.id,
      ...(denial.detail === undefined ? {} : { detail: denial.detail }),
      ...(violations === undefined ? {} : { violations }),
    }),
  );
  const lines = ["Content-Type", "application/problem+json", "Content-Length", String(body.length)];
  if (denial.lines !== undefined) lines.push(...denial.lines);
  return { head: { origin: "gate", status, lines }, body };
}

/** What is wrong with the API's own answer is for its owner's record: it would tell strangers about the inside. */
function isOfAnswer(violation: Violation): boolean {
  return violation.in === "answer";
}
