// Rules about what callers send, and what it makes the API answer: bounds, types and injection.
import type { RuleRow } from "../rule.ts";

export const DYNAMIC_INPUTS_RULES = {
  "dynamic.input-unchecked": {
    title: "What does not fit the document is let through",
    severity: "medium",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:L/VA:N/SC:N/SI:N/SA:N",
    cwe: [20, 1284],
    owasp: ["API8:2023"],
    remedy: "Let the gate validate requests (`validation.requests: enforce`), and let no way lead past it.",
  },
  "dynamic.input-refused": {
    title: "The gate refuses what the document allows",
    severity: "low",
    cwe: [1059],
    owasp: ["API9:2023"],
    remedy: "Correct the bound in the document, or the gate's configuration: clients that keep to the document fail.",
  },
  "dynamic.content-type-unchecked": {
    title: "A body is read whatever its media type says",
    severity: "medium",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:N/VI:L/VA:N/SC:N/SI:N/SA:N",
    cwe: [352, 436],
    owasp: ["API8:2023"],
    remedy:
      "Answer 415 to media types that the operation does not declare: pages of other sites can send text/plain without asking.",
  },
  "dynamic.body-unlimited": {
    title: "Bodies have no limit, or a larger one than the policy says",
    severity: "medium",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N",
    cwe: [770],
    owasp: ["API4:2023"],
    remedy: "Refuse bodies over a limit by their Content-Length, before they are read: `validation.bodyBytesMax`.",
  },
  "dynamic.page-size-unbounded": {
    title: "One request gets as many items as it asks for",
    severity: "medium",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N",
    cwe: [770],
    owasp: ["API4:2023"],
    remedy: "Give the parameter a `maximum` in the document, and the API a page that is never larger.",
  },
  "dynamic.pattern-catastrophic": {
    title: "The time of an answer grows out of proportion with a text",
    severity: "high",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N",
    cwe: [1333, 407],
    owasp: ["API4:2023"],
    remedy:
      "Replace the regular expression by one without repetitions next to or inside each other, or by an engine of linear time; give the text a small `maxLength`.",
  },
  "dynamic.answer-undeclared": {
    title: "An answer does not fit the document",
    severity: "low",
    cwe: [1059, 755],
    owasp: ["API10:2023", "API9:2023"],
    remedy:
      "Check what other services answer before it is handed on, handle what can fail, and declare what is answered; `validation.responses: enforce` holds the rest back.",
  },
  "dynamic.error-verbose": {
    title: "An error tells what is inside: a stack, a statement, a file",
    severity: "medium",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N",
    cwe: [209],
    owasp: ["API8:2023"],
    remedy:
      "Answer errors in words of your own, and write what happened into the log; `validation.responses: strip` hides what is not declared.",
  },
  "dynamic.redirect-open": {
    title: "A caller decides which site is redirected to",
    severity: "medium",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N",
    cwe: [601],
    owasp: ["API8:2023"],
    remedy:
      "Redirect to paths of your own, or to sites of a list; say so in the schema by an `enum` or a `pattern` with both anchors.",
  },
  "dynamic.server-request": {
    title: "The API fetches whatever address a caller names",
    severity: "high",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:L/VI:L/VA:N/SC:H/SI:L/SA:N",
    cwe: [918],
    owasp: ["API7:2023"],
    remedy:
      "Fetch from hosts of a list only, follow no redirects, and let the network refuse the API what it does not need.",
  },
  "dynamic.injection-sql": {
    title: "A value becomes part of a statement of SQL",
    severity: "critical",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
    cwe: [89],
    owasp: ["API8:2023"],
    remedy: "Hand values over as parameters of a prepared statement, never inside its text.",
  },
  "dynamic.injection-nosql": {
    title: "A value becomes an operator of the database",
    severity: "high",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:L/VA:N/SC:N/SI:N/SA:N",
    cwe: [943],
    owasp: ["API8:2023"],
    remedy:
      "Give the value a type in the schema (`type: string`), and compare by an operator that you write yourself (`$eq`).",
  },
  "dynamic.injection-command": {
    title: "A value becomes part of a command",
    severity: "critical",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
    cwe: [78],
    owasp: ["API8:2023"],
    remedy:
      "Start programs with a list of arguments and without a shell, and let the schema allow the characters that are needed.",
  },
  "dynamic.path-traversal": {
    title: "A name leads out of its folder",
    severity: "high",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N",
    cwe: [22],
    owasp: ["API8:2023"],
    remedy:
      "Look names up in a list, or resolve the path and make sure that it is below the folder; allow no separators in the schema.",
  },
  "dynamic.injection-header": {
    title: "A line break in a value begins a field of the answer",
    severity: "medium",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:P/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N",
    cwe: [113],
    owasp: ["API8:2023"],
    remedy: "Refuse control characters in values that become fields, in the schema by a `pattern` too.",
  },
  "dynamic.injection-template": {
    title: "An expression in a value is evaluated",
    severity: "critical",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
    cwe: [1336],
    owasp: ["API8:2023"],
    remedy: "Keep templates your own and hand values over as data; replace names alone where callers write templates.",
  },
  "dynamic.injection-html": {
    title: "A value comes back as part of a page",
    severity: "medium",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N",
    cwe: [79],
    owasp: ["API8:2023"],
    remedy:
      "Escape values where they are put into a page, and send a Content-Security-Policy that allows no scripts inside it.",
  },
  "dynamic.xml-external-entity": {
    title: "Entities of XML are followed",
    severity: "high",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:N/PR:L/UI:N/VC:H/VI:N/VA:L/SC:L/SI:N/SA:N",
    cwe: [611, 776],
    owasp: ["API8:2023"],
    remedy: "Let the parser refuse document types.",
  },
  "dynamic.prototype-pollution": {
    title: "A member of a body becomes a property of every object",
    severity: "high",
    cvss: "CVSS:4.0/AV:N/AC:L/AT:P/PR:L/UI:N/VC:L/VI:H/VA:H/SC:N/SI:N/SA:N",
    cwe: [1321],
    owasp: ["API8:2023"],
    remedy:
      "Refuse or skip `__proto__`, `constructor` and `prototype` when merging, or merge into maps and objects without a prototype.",
  },
} as const satisfies Readonly<Record<string, RuleRow>>;
