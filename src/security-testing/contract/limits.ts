// Contract rules about what the gate enforces: limits, and the document itself.
import { type Case, nameOf, policiesOf, type Subject, WRITES } from "./subject.ts";

/** With `--observe` everything is only watched, and was asked to be: its modes say nothing then. */
export function* limitCases(subject: Subject): Generator<Case> {
  const { settings } = subject;
  for (const [operation, policy] of policiesOf(subject)) {
    const name = nameOf(operation);
    const at = operation.at;
    const isEnforced = policy.rateLimitingMode === "enforce" || settings.observe;
    if (policy.limits.length === 0 || !isEnforced) {
      const why = policy.limits.length === 0 ? "has no limit" : "has limits that are only watched";
      yield { rule: "contract.limit-missing", at, operation, message: `${name} ${why}` };
    } else if (
      WRITES.has(operation.method) &&
      policy.limits.every(({ limit }) => settings.rateLimiting.limits.includes(limit))
    ) {
      const message = `${name} has only the limit that all operations have`;
      yield { rule: "contract.write-limit-missing", at, operation, message };
    }
    if (policy.validation.requests !== "enforce" && !settings.observe) {
      const message = `${name}: what does not fit the document is ${policy.validation.requests === "off" ? "not looked at" : "only noted"}`;
      yield { rule: "contract.requests-unvalidated", at, operation, message };
    }
  }
}
