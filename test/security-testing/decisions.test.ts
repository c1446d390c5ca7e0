// Guards decisions: one holds for what it names, until its day, and is told when it decides nothing.
import { describe, expect, it } from "vitest";
import { Decisions } from "../../src/security-testing/decisions.ts";
import type { Finding } from "../../src/security-testing/finding.ts";

const TODAY = "2026-11-26";
const FINDING: Finding = {
  rule: "contract.write-public",
  severity: "medium",
  confidence: "certain",
  message: "POST /users is open to anybody",
  operation: { id: "register", method: "POST", template: "/users" },
  parameter: "body /role",
  places: [{ file: "api.yaml", line: 3, column: 1 }],
  evidence: [],
  fingerprint: "abc",
  sources: ["portcullis"],
};
const WHO = "owner: ann\n    reason: meant so\n    until: 2026-11-26\n    status: accepted";
const file = (entry: string, who = WHO) => `findings:\n  - ${entry}\n    ${who}\n`;
const parse = (text: string) => Decisions.parse("f.yaml", text, TODAY);
const ALL = new Set(["contract", "source", "dependencies", "secrets", "dynamic"] as const);

describe("a decision holds", () => {
  it.each([
    "fingerprint: abc",
    "rule: contract.write-public",
    "rule: contract.write-public\n    operation: register",
    "rule: contract.write-public\n    operation: POST /users",
    "rule: contract.write-public\n    parameter: body /role",
    "rule: contract.write-public\n    file: api.yaml",
    "fingerprint: abc\n    rule: contract.write-public",
  ])("by %j, on its last day", (entry) => {
    const decisions = parse(file(entry));
    const decision = { status: "accepted", owner: "ann", reason: "meant so", until: "2026-11-26" };
    expect(decisions.of(FINDING)).toEqual(decision);
    expect([...decisions.broken, ...decisions.unused(ALL)]).toEqual([]);
  });
});

describe("a decision about a path parameter that got another name", () => {
  const finding: Finding = {
    ...FINDING,
    operation: { id: "getLine", method: "GET", template: "/orders/{orderId}/lines/{line}" },
    parameter: "path line",
  };
  const of = (where: string) => parse(file(`rule: contract.write-public\n    ${where}`)).of(finding);

  it.each([
    ["operation: GET /orders/{id}/lines/{no}"],
    ["operation: GET /orders/{id}/lines/{no}\n    parameter: path no"],
    ["operation: getLine\n    parameter: path line"],
  ])("holds: %j", (where) => {
    expect(of(where)).toMatchObject({ owner: "ann" });
  });

  it.each([
    ["operation: GET /orders/{id}/lines/{no}\n    parameter: path id"],
    ["operation: GET /orders/{id}/lines"],
    ["operation: PUT /orders/{id}/lines/{no}"],
    ["operation: getLine\n    parameter: path no"],
    ["parameter: path no"],
  ])("does not hold for another: %j", (where) => {
    expect(of(where)).toBeUndefined();
  });
});

describe("a decision does not hold", () => {
  it.each([
    "fingerprint: abd",
    "rule: contract.read-public",
    "rule: contract.write-public\n    operation: other",
    "rule: contract.write-public\n    operation: PUT /users",
    "rule: contract.write-public\n    parameter: body /name",
    "rule: contract.write-public\n    file: other.yaml",
    "fingerprint: abc\n    rule: contract.read-public",
  ])("by %j, and is told as unused", (entry) => {
    const decisions = parse(file(entry));
    expect(decisions.of(FINDING)).toBeUndefined();
    const [mistake] = decisions.unused(ALL);
    expect(mistake).toMatchObject({ file: "f.yaml", line: 2 });
  });

  it("the day after, and says so at its line", () => {
    const decisions = parse(file("fingerprint: abc", WHO.replace("11-26", "11-25")));
    expect(decisions.of(FINDING)).toBeUndefined();
    expect(decisions.broken).toEqual([
      { file: "f.yaml", line: 5, message: "the decision of ann held until 2026-11-25" },
    ]);
  });

  it("is not called unused where its kind did not run to its end", () => {
    const decisions = parse(file("rule: contract.read-public"));
    expect(decisions.unused(new Set(["source"]))).toEqual([]);
    expect(decisions.unused(new Set(["contract"]))).toHaveLength(1);
  });
});

describe("a file is refused", () => {
  it.each([
    [file("operation: register"), 2, "must name a fingerprint or a rule"],
    [file("rule: contract.write-pubic"), 2, "there is no rule contract.write-pubic"],
    [file("fingerprint: abc\n    ownr: ann"), 2, 'has an unknown key "ownr"'],
    [file("fingerprint: abc", WHO.replace("accepted", "ignored")), 6, "status must be accepted or false"],
    [file("fingerprint: abc", WHO.replace("2026-11-26", "soon")), 5, "until must be a day"],
    [file("fingerprint: abc", WHO.replace("    until: 2026-11-26\n", "")), 2, "until must be a day"],
    [file("fingerprint: abc", WHO.replace("ann", '""')), 3, "owner must say who decided"],
    [file("fingerprint: abc", WHO.replace("meant so", '""')), 4, "reason must say why"],
    ["findings: none\n", 1, "findings must be a list"],
    ["findings:\n  - [\n", 3, "not valid YAML"],
  ])("%j", (text, line, message) => {
    const { broken } = parse(text);
    expect(broken).toMatchObject([{ file: "f.yaml", line }]);
    expect(broken[0]?.message).toContain(message);
  });
});
