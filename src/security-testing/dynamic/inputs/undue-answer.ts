// An answer that does not fit the document and came through a gate that holds answers to it: whoever made it, the gate let it out.
import type { Finding } from "../../finding.ts";
import type { Answered, Ground } from "./ground.ts";

export const UNDECLARED = "dynamic.answer-undeclared";

/** Undefined where it fits, the gate answers itself, or the policy lets such answers pass. */
export function undueAnswer(
  { context, subject, fits, before }: Ground,
  sent: Answered,
  evidence: readonly Answered[],
  say: readonly string[] = [],
): Finding | undefined {
  const { responses } = subject.policy.validation;
  const { reply } = sent;
  const isHeld = context.target.layer === "gate" && (responses === "enforce" || responses === "strip");
  const misfit = isHeld && reply.from === "api" ? fits.undue(subject.operation, reply) : undefined;
  if (misfit === undefined) return undefined;
  // What came for values in order was told of then.
  if (sent !== before && fits.undue(subject.operation, before.reply)?.what === misfit.what) return undefined;
  const { method, template } = subject.operation;
  return context.finding({
    rule: UNDECLARED,
    subject,
    parameter: misfit.parameter,
    what: "let out",
    message: `${method} ${template}: the gate lets out ${misfit.what}, although the policy holds answers to the document`,
    severity: "medium",
    evidence,
    say,
  });
}
