// Guards docs/findings.md and the registry of rules: both say the same, and each rule says what a report needs.
import { describe, expect, it } from "vitest";
import { RULES, ruleOf } from "../../src/security-testing/registry.ts";
import { KINDS, SEVERITIES } from "../../src/security-testing/rule.ts";
import { FINDINGS_PAGE, pageRows, rowOf } from "./findings-page.ts";
import { readText } from "./tree.ts";

const rules = [...RULES.values()];

describe("docs/findings.md", () => {
  it("has the rows of the registry, and no other", () => {
    expect(rules.length).toBeGreaterThan(30);
    expect(pageRows(readText(FINDINGS_PAGE))).toEqual(rules.map(rowOf));
  });
});

describe("the registry", () => {
  it.each(rules)("says of $id what a report needs", (rule) => {
    expect(rule.id).toMatch(/^[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(KINDS).toContain(rule.kind);
    expect(rule.id.slice(0, rule.id.indexOf("."))).toBe(rule.kind);
    expect(SEVERITIES).toContain(rule.severity);
    expect(rule.title).toMatch(/^[A-Z`].*[^.]$/);
    expect(rule.remedy).toMatch(/.{12}[.)]$/);
    expect(rule.cwe.length).toBeGreaterThan(0);
    for (const name of rule.owasp) expect(name).toMatch(/^API([1-9]|10):2023$/);
    expect(rule.cvss ?? "CVSS:4.0/AV:N").toMatch(/^CVSS:4\.0(\/[A-Z]{1,3}:[A-Z])+$/);
  });

  it("knows no rule that nobody wrote", () => {
    expect(() => ruleOf("contract.no-such-rule")).toThrow("there is no rule");
  });
});
