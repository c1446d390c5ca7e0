// Results of runs that never were: with everything that a form must carry, and with text that tries to break out of it.
import type { Judged, TestResult } from "../../../src/security-testing/result.ts";

/** Markup, a table's bar, a mention, quotes, a control character. */
export const NASTY = `<script>alert(1)</script> | "quoted" & 'single' @somebody \u0007 ]]> \`code\` <img src=x onerror=alert(2)>`;

export const FINDING: Judged = {
  rule: "contract.write-public",
  severity: "high",
  confidence: "firm",
  message: "POST /users is open to anybody",
  operation: { id: "register", method: "POST", template: "/users" },
  parameter: "body /role",
  places: [
    { file: "api/open api.yaml", line: 3, column: 5 },
    { file: "api/other.yaml", line: 9, column: 1, endLine: 11 },
  ],
  evidence: [
    { say: "it was created", curl: "curl -X POST 'http://127.0.0.1/users'", response: "HTTP/1.1 201 Created" },
  ],
  fingerprint: "f1",
  sources: ["portcullis", "zap"],
  state: "new",
  decision: undefined,
};

const LOW: Judged = {
  ...FINDING,
  rule: "contract.read-public",
  severity: "low",
  fingerprint: "f2",
  message: NASTY,
  evidence: [],
};

export const RESULT: TestResult = {
  findings: [
    FINDING,
    LOW,
    { ...LOW, fingerprint: "f3", state: "unchanged" },
    {
      ...FINDING,
      rule: "contract.limit-missing",
      fingerprint: "f4",
      decision: { status: "accepted", owner: "ann", reason: NASTY, until: "2027-01-01" },
    },
    { ...LOW, rule: "contract.id-enumerable", fingerprint: "f5", places: [], message: "nowhere" },
  ],
  gone: [{ rule: "contract.read-public", message: NASTY, fingerprint: "f6" }],
  untested: [
    { kind: "contract", what: "a part", why: NASTY, isExpected: false },
    { kind: "dynamic", what: "dynamic tests", why: "not asked for", isExpected: true },
  ],
  mistakes: [{ file: "portcullis-findings.yaml", line: 4, message: NASTY }],
  kinds: ["contract"],
  failOn: "high",
  hasBaseline: true,
  title: "Shop & Co",
  version: "0.1.0",
  atMs: Date.UTC(2026, 10, 26, 10),
};

export const CLEAN: TestResult = { ...RESULT, findings: [], gone: [], untested: [], mistakes: [], hasBaseline: false };
