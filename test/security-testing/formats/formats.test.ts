// Guards the forms of a result: each carries what it must, and text of others breaks out of none.
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { toJson } from "../../../src/security-testing/formats/json.ts";
import { toJunit } from "../../../src/security-testing/formats/junit.ts";
import { toMarkdown } from "../../../src/security-testing/formats/markdown.ts";
import { toSarif } from "../../../src/security-testing/formats/sarif.ts";
import { toSonar } from "../../../src/security-testing/formats/sonar.ts";
import { readText } from "../../repository/tree.ts";
import { CLEAN, FINDING, NASTY, RESULT } from "./results.ts";

describe("JSON", () => {
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(JSON.parse(readText("findings.schema.json")) as object);

  it.each([
    ["a full result", RESULT],
    ["a clean one", CLEAN],
  ])("of %s is what the published schema says", (_, result) => {
    validate(JSON.parse(toJson(result)));
    expect(validate.errors).toBeNull();
  });

  it("says which findings make the run fail", () => {
    const { findings } = JSON.parse(toJson(RESULT)) as { findings: { fingerprint: string; fails: boolean }[] };
    expect(findings.filter(({ fails }) => fails).map(({ fingerprint }) => fingerprint)).toEqual(["f1"]);
  });

  it("is not what the schema says where something is added", () => {
    expect(validate({ ...(JSON.parse(toJson(CLEAN)) as object), more: 1 })).toBe(false);
  });
});

describe("SARIF", () => {
  const [log] = (JSON.parse(toSarif(RESULT)) as { runs: { results: object[]; invocations: object[] }[] }).runs;

  it("carries places, fingerprint, state and decision", () => {
    expect(log?.results[0]).toMatchObject({
      ruleId: "contract.write-public",
      level: "error",
      locations: [{ physicalLocation: { artifactLocation: { uri: "api/open%20api.yaml" } } }],
      relatedLocations: [{ id: 0, physicalLocation: { region: { startLine: 9, endLine: 11 } } }],
      partialFingerprints: { "portcullis/v1": "f1" },
      baselineState: "new",
    });
    expect(log?.results[2]).toMatchObject({ baselineState: "unchanged" });
    expect(log?.results[3]).toMatchObject({ suppressions: [{ kind: "external", status: "accepted" }] });
  });

  it("says that not all was tested", () => {
    expect(log?.invocations[0]).toMatchObject({
      executionSuccessful: false,
      toolExecutionNotifications: [{ level: "error" }, { level: "note" }, { level: "note" }],
    });
  });

  it("has no result without a place, which code hosts refuse, and says it beside", () => {
    expect(log?.results).toHaveLength(4);
    expect(log?.results.filter((result) => (result as { locations: object[] }).locations.length === 0)).toEqual([]);
    expect(JSON.stringify(log?.invocations[0])).toContain("nowhere.");
  });
});

describe("JUnit", () => {
  it("has a case for each rule, with what fails as a failure", () => {
    const xml = toJunit(RESULT);
    expect(xml).toMatch(/<testsuite name="portcullis contract" tests="\d+" failures="1" errors="1" skipped="0"/);
    expect(xml).toContain('<failure type="high" message="1 finding: POST /users is open to anybody">');
    expect(xml).toContain("curl -X POST 'http://127.0.0.1/users'");
    expect(xml).toContain('name="contract.flow-outdated: An OAuth flow shows tokens or passwords to others"/>');
    expect(xml).toContain('<testcase classname="portcullis.decisions" name="portcullis-findings.yaml:4"><error ');
  });

  it("lets text of others be text", () => {
    const xml = toJunit(RESULT);
    expect(xml).not.toContain("<script");
    expect(xml).not.toContain("\u0007");
    expect(xml).toContain("&lt;script&gt;alert(1)&lt;/script&gt; | &quot;quoted&quot; &amp;");
    // Every tag is one of ours, and every tag that opens closes.
    const tags = [...xml.matchAll(/<(\/?)([a-z-]+)[^>]*?(\/?)>/g)];
    expect(new Set(tags.map(([, , name]) => name))).toEqual(
      new Set(["testsuites", "testsuite", "testcase", "failure", "error", "system-out"]),
    );
    const depth = tags.reduce((sum, [, end, , alone]) => sum + (end === "/" ? -1 : alone === "/" ? 0 : 1), 0);
    expect(depth).toBe(0);
  });

  it("of a clean run fails nowhere", () => {
    expect(toJunit(CLEAN)).toMatch(
      /<testsuites name="portcullis test" tests="\d+" failures="0" errors="0" skipped="0">/,
    );
  });
});

describe("Markdown", () => {
  it("says what fails in full, and the rest below", () => {
    const page = toMarkdown(RESULT);
    expect(page).toMatch(/^## ❌ Security: 1 finding\n/);
    expect(page).toContain(
      "| high | <code>api/open api.yaml:3:5</code> | POST /users is open to anybody<br><code>curl ",
    );
    expect(page).toContain("1 as in the baseline, 1 gone; 1 decided");
    expect(page).toContain("<details><summary>2 that do not make it fail</summary>");
    expect(page).toContain("**Not tested**\n\n- contract: a part: ");
  });

  it("names a kind once where it was not tested", () => {
    const untested = [
      { kind: "dynamic", what: "3 of 9 dynamic tests", why: "interrupted", isExpected: false } as const,
    ];
    expect(toMarkdown({ ...RESULT, untested })).toContain("\n- 3 of 9 dynamic tests: interrupted");
    expect(toSarif({ ...RESULT, untested })).toContain("Not tested: 3 of 9 dynamic tests: interrupted");
  });

  it("lets text of others be text", () => {
    const page = toMarkdown(RESULT);
    expect(page).not.toContain("<script");
    expect(page).not.toContain("<img");
    expect(page).not.toContain("@somebody");
    const rows = page.split("\n").filter((line) => line.startsWith("| low"));
    for (const row of rows) expect(row.split(/(?<!\\)\|/)).toHaveLength(6);
    expect(rows).toHaveLength(2);
  });

  it("fits into a comment, whatever is found", () => {
    const many = Array.from({ length: 5000 }, (_, i) => ({
      ...FINDING,
      fingerprint: String(i),
      message: NASTY.repeat(9),
    }));
    const page = toMarkdown({ ...RESULT, findings: many });
    expect(page.length).toBeLessThan(65_000);
    expect(page).toMatch(/^## ❌ Security: 5000 findings\n/);
  });

  it.each([
    ["passed", CLEAN, "## ✅ Security: passed"],
    ["not all tested", { ...CLEAN, untested: RESULT.untested }, "## ⚠️ Security: not all could be tested"],
  ])("says %s", (_, result, heading) => {
    expect(toMarkdown(result).split("\n")[0]).toBe(heading);
  });
});

describe("SonarQube's generic form", () => {
  const report = JSON.parse(toSonar(RESULT)) as { rules: { id: string }[]; issues: { ruleId: string }[] };

  it("has a rule for each issue, and a place in a file", () => {
    const ids = report.rules.map(({ id }) => id);
    expect(report.issues.every(({ ruleId }) => ids.includes(ruleId))).toBe(true);
    expect(report.rules.find(({ id }) => id === "contract.write-public")).toEqual({
      id: "contract.write-public",
      name: "Anybody may write",
      description: expect.stringContaining("Ask for credentials.") as string,
      engineId: "portcullis",
      cleanCodeAttribute: "TRUSTWORTHY",
      type: "VULNERABILITY",
      severity: "MAJOR",
      impacts: [{ softwareQuality: "SECURITY", severity: "MEDIUM" }],
    });
    expect(report.issues[0]).toMatchObject({
      ruleId: "contract.write-public",
      primaryLocation: { filePath: "api/open api.yaml", textRange: { startLine: 3 } },
      secondaryLocations: [{ filePath: "api/other.yaml", textRange: { startLine: 9 } }],
    });
  });

  it("leaves out what was decided and what has no place", () => {
    expect(report.issues.map(({ ruleId }) => ruleId)).toEqual([
      "contract.write-public",
      "contract.read-public",
      "contract.read-public",
    ]);
  });
});
