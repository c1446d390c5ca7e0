// Rules about how much callers may ask for.
import type { RuleRow } from "../rule.ts";

export const DYNAMIC_LIMITS_RULES = {
  "dynamic.limit-missing": {
    title: "A limit of the policy is not enforced",
    severity: "high",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N",
    cwe: [770],
    owasp: ["API4:2023"],
    remedy: "Count requests by who sends them, before anything is done for them, and answer 429 with Retry-After.",
  },
  "dynamic.limit-evaded": {
    title: "A limit can be gone around",
    severity: "high",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N",
    cwe: [770, 799, 348],
    owasp: ["API4:2023"],
    remedy:
      "Count by what a credential proves or by the connection's address, and by operation, never by what the request says.",
  },
  "dynamic.retry-after-wrong": {
    title: "A refusal does not say when to come back, or not the truth",
    severity: "low",
    cwe: [1059],
    owasp: ["API4:2023"],
    remedy: "Answer 429 with a Retry-After after which the next request is served (RFC 6585, 4).",
  },
  "dynamic.limit-untold": {
    title: "Answers do not say how much of a limit is left",
    severity: "low",
    cwe: [1059],
    owasp: ["API4:2023"],
    remedy: "Let every answer come through the gate: it sends RateLimit and RateLimit-Policy.",
  },
  "dynamic.guessing-unlimited": {
    title: "Secrets may be guessed without end",
    severity: "high",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:N/SC:N/SI:N/SA:N",
    cwe: [307, 799],
    owasp: ["API2:2023"],
    remedy: "Answer 429 after a few failures, by account and by address.",
  },
} as const satisfies Readonly<Record<string, RuleRow>>;
