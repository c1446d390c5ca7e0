// Rules about objects, their properties, and what becomes of them.
import type { RuleRow } from "../rule.ts";

export const DYNAMIC_OBJECTS_RULES = {
  "dynamic.object-read-by-another": {
    title: "A caller reads what belongs to another",
    severity: "high",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N",
    cwe: [639],
    owasp: ["API1:2023"],
    remedy:
      "Look the object up together with its owner (`WHERE id = ? AND owner = ?`), and answer 404 where there is none; in everything that hangs on it, too.",
  },
  "dynamic.object-changed-by-another": {
    title: "A caller changes what belongs to another",
    severity: "high",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:H/VA:N/SC:N/SI:N/SA:N",
    cwe: [639],
    owasp: ["API1:2023"],
    remedy:
      "Check the owner in the statement that changes (`UPDATE … WHERE id = ? AND owner = ?`), and answer 404 where nothing changed.",
  },
  "dynamic.object-deleted-by-another": {
    title: "A caller deletes what belongs to another",
    severity: "high",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:H/VA:H/SC:N/SI:N/SA:N",
    cwe: [639],
    owasp: ["API1:2023"],
    remedy:
      "Check the owner in the statement that deletes (`DELETE … WHERE id = ? AND owner = ?`), and answer 404 where nothing was deleted.",
  },
  "dynamic.object-existence-leak": {
    title: "A refusal tells that another's object is there",
    severity: "low",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N",
    cwe: [204],
    owasp: ["API1:2023"],
    remedy: "Answer 404, in the same words, for what is another's and for what does not exist.",
  },
  "dynamic.property-assigned": {
    title: "A property that the document does not offer is taken over",
    severity: "high",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:H/VA:N/SC:N/SI:N/SA:N",
    cwe: [915],
    owasp: ["API3:2023"],
    remedy:
      "Copy the properties that callers may set one by one, never the whole body; close the schema with `additionalProperties: false`, so that the gate refuses others.",
  },
  "dynamic.read-only-accepted": {
    title: "A property that is read-only is taken over",
    severity: "high",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:H/VA:N/SC:N/SI:N/SA:N",
    cwe: [915],
    owasp: ["API3:2023"],
    remedy:
      "Copy the properties that callers may set one by one; let the gate enforce the schema of requests (`validation.requests: enforce`).",
  },
  "dynamic.write-only-answered": {
    title: "A property that is write-only is answered",
    severity: "high",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N",
    cwe: [213, 200],
    owasp: ["API3:2023"],
    remedy:
      "Answer from a list of properties that callers may see; `validation.responses: strip` takes it out at the gate.",
  },
  "dynamic.property-undeclared-answered": {
    title: "An answer has a property that the document does not declare",
    severity: "medium",
    cwe: [213],
    owasp: ["API3:2023"],
    remedy:
      "Answer from a list of properties that callers may see, or declare it; `validation.responses: strip` takes out at the gate what is not declared.",
  },
  "dynamic.use-after-delete": {
    title: "What was deleted is still there",
    severity: "medium",
    cwe: [672],
    owasp: ["API1:2023"],
    remedy:
      "Treat what is marked as deleted as if it were not there, in every operation; or tell callers that it is kept.",
  },
  "dynamic.failed-create-left": {
    title: "What could not be created is there nevertheless",
    severity: "medium",
    cwe: [460],
    owasp: ["API6:2023"],
    remedy: "Check everything before anything is stored, or take all back in one transaction.",
  },
  "dynamic.flow-repeated": {
    title: "What is to have its effect once has it again",
    severity: "high",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:H/VA:N/SC:N/SI:N/SA:N",
    cwe: [837],
    owasp: ["API6:2023"],
    remedy:
      "Store that it happened under a unique key, in the same transaction as its effect, and answer 409 where the key is there.",
  },
} as const satisfies Readonly<Record<string, RuleRow>>;
