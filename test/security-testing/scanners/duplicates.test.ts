// Guards that one flaw found by several tools is one finding with all of them named, and that two flaws stay two.
import { describe, expect, it } from "vitest";
import { folderWith } from "../../configuration/folder.ts";
import type { Finding } from "../../../src/security-testing/finding.ts";
import { ruleOf } from "../../../src/security-testing/registry.ts";
import type { Rule } from "../../../src/security-testing/rule.ts";
import { withoutDuplicates } from "../../../src/security-testing/scanners/duplicates.ts";
import { ADVISORIES, MANIFEST, readLock } from "../dependencies/shop.ts";
import { imported, LAB, LAB_FLAGS, reportText } from "./reports.ts";

const SHOP = { "package.json": MANIFEST, "package-lock.json": readLock("package-lock-3.json") };
const DEPENDENCIES = ["dependencies", "--db", ADVISORIES, "--db-age", "100000"];
const named = (rule: string, line: number, cwe: string) => ({
  ruleId: rule,
  message: { text: `${rule} says so.` },
  properties: { tags: [`external/cwe/cwe-${cwe}`] },
  locations: [{ physicalLocation: { artifactLocation: { uri: "a.ts" }, region: { startLine: line } } }],
});
const sarif = (tool: string, ...results: readonly object[]) =>
  JSON.stringify({ version: "2.1.0", runs: [{ tool: { driver: { name: tool } }, results }] });

describe("with findings of ours", () => {
  it("takes vulnerabilities of packages together by any of their names", async () => {
    const files = ["osv-scanner.json", "snyk.json"];
    const cwd = folderWith({ ...SHOP, ...Object.fromEntries(files.map((file) => [file, reportText(file)])) });
    const alone = await imported(cwd, DEPENDENCIES);
    const { findings } = await imported(cwd, [...DEPENDENCIES, ...files.flatMap((file) => ["--import", file])]);
    const bySource = Map.groupBy(findings, ({ sources }) => sources.join());
    const scripts = alone.findings.filter(({ rule }) => rule.endsWith("install-script")).length;
    expect([...bySource].map(([sources, found]) => `${sources} ${found.length}`).sort()).toEqual([
      `portcullis ${scripts}`,
      "portcullis,osv-scanner 4",
      "portcullis,osv-scanner,snyk 1",
      "snyk 1",
    ]);
    // What we found keeps its name: decisions and baselines hold, whichever tools run beside.
    const known = new Set(findings.map(({ fingerprint }) => fingerprint));
    expect(alone.findings.filter(({ fingerprint }) => !known.has(fingerprint))).toEqual([]);
  });

  it("knows a package and its advisory from SARIF, too", async () => {
    const result = {
      ruleId: "CVE-2026-900001",
      level: "warning",
      message: {
        text: "Package 'lodash@4.17.15' is vulnerable to 'CVE-2026-900001' (also known as 'GHSA-0000-test-0001').",
      },
      locations: [{ physicalLocation: { artifactLocation: { index: -1, uri: "package-lock.json" } } }],
    };
    const cwd = folderWith({ ...SHOP, "o.sarif": sarif("osv-scanner", result) });
    const { findings } = await imported(cwd, [...DEPENDENCIES, "--import", "o.sarif"]);
    const joined = findings.filter(({ sources }) => sources.includes("osv-scanner"));
    expect(joined.map(({ sources, message }) => `${sources.join()} ${message.split(":")[0]}`)).toEqual([
      "portcullis,osv-scanner lodash 4.17.15 has CVE-2026-900001",
    ]);
  });

  it("puts a finding of ZAP to one of ours about the same operation, parameter and weakness", () => {
    const rule: Rule = { ...ruleOf("source.sql-injection"), id: "dynamic.injection", kind: "dynamic" };
    const operation = { id: "items", method: "GET", template: "/items" };
    const base = { severity: "low", confidence: "firm", message: "x", operation, places: [], evidence: [] } as const;
    const own: Finding = {
      ...base,
      rule: rule.id,
      described: rule,
      parameter: "query q",
      fingerprint: "1",
      sources: ["portcullis"],
    };
    const theirs = (parameter: string, cwe: readonly number[], fingerprint: string): Finding => ({
      ...own,
      rule: "dynamic.zap.1",
      described: { ...rule, id: "dynamic.zap.1", cwe },
      severity: "high",
      parameter,
      fingerprint,
      sources: ["zap"],
    });
    const foreign = [theirs("q", rule.cwe, "2"), theirs("limit", rule.cwe, "3"), theirs("q", [1], "4")];
    expect(withoutDuplicates([own], foreign)).toMatchObject([
      { rule: rule.id, severity: "high", fingerprint: "1", sources: ["portcullis", "zap"] },
      { fingerprint: "3" },
      { fingerprint: "4" },
    ]);
  });

  it("never takes two of ours together, nor what other kinds of test prove", async () => {
    const report = JSON.parse(reportText("zap-alerts.json")) as { alerts: Record<string, string>[] };
    const alert = { ...report.alerts[0], cweid: "770", param: "q", name: "Endless" };
    const cwd = folderWith({ "z.json": JSON.stringify({ alerts: [alert] }), "api.yaml": LAB });
    const { findings } = await imported(cwd, ["contract", ...LAB_FLAGS, "--import", "z.json"]);
    // Contract and running API are different kinds of proof: both stand.
    expect(findings.filter(({ sources }) => sources.includes("zap"))).toMatchObject([{ sources: ["zap"] }]);
  });

  it("puts SARIF of others to what the source shows at that line", async () => {
    const cwd = folderWith({
      "a.ts": "const options = {\n  rejectUnauthorized: false,\n};\n",
      "s.sarif": sarif("Linter", named("tls", 2, "295"), named("tls", 1, "295"), named("other", 2, "1004")),
    });
    const { findings } = await imported(cwd, ["source", "--no-semgrep", "--import", "s.sarif"]);
    expect(findings.map(({ rule, sources, places }) => [rule, sources.join(), places[0]?.line])).toEqual([
      ["source.tls-unverified", "ast-grep,linter", 2],
      ["source.linter.other", "linter", 2],
      ["source.linter.tls", "linter", 1],
    ]);
  });
});

describe("among other tools", () => {
  const sources = async (files: Readonly<Record<string, string>>) => {
    const args = Object.keys(files).flatMap((file) => ["--import", file]);
    const { findings } = await imported(folderWith(files), ["scanners", ...args]);
    return findings.map((one) => one.sources.join()).sort();
  };

  it.each([
    ["the same number", "89", "89", ["one,two"]],
    ["a number that is a kind of the other", "22", "23", ["one,two"]],
    ["other numbers", "89", "79", ["one", "two"]],
  ])("joins %s at one line", async (_, first, second, expected) => {
    expect(
      await sources({ "1.sarif": sarif("One", named("a", 3, first)), "2.sarif": sarif("Two", named("b", 3, second)) }),
    ).toEqual(expected);
  });

  it("does not join what stands on another line", async () => {
    expect(
      await sources({ "1.sarif": sarif("One", named("a", 3, "89")), "2.sarif": sarif("Two", named("b", 4, "89")) }),
    ).toEqual(["one", "two"]);
  });

  it("keeps two headers that one tool misses at one operation apart", async () => {
    const report = JSON.parse(reportText("zap-alerts.json")) as { alerts: Record<string, string>[] };
    const headers = ["10038", "10063"].map((id) => ({
      ...report.alerts[3],
      pluginId: id,
      alertRef: id,
      name: `Header ${id}`,
      cweid: "693",
      param: "",
    }));
    const cwd = folderWith({ "z.json": JSON.stringify({ alerts: headers }), "api.yaml": LAB });
    const { findings } = await imported(cwd, ["scanners", ...LAB_FLAGS, "--import", "z.json"]);
    expect(findings.map(({ title }) => title)).toEqual(["Header 10038", "Header 10063"]);
  });
});

describe("fingerprints", () => {
  const finding = async (text: string, line: number) => {
    const cwd = folderWith({ "a.ts": text, "s.sarif": sarif("Linter", named("x", line, "89")) });
    return (await imported(cwd, ["scanners", "--import", "s.sarif"])).findings[0]?.fingerprint;
  };

  it("stay when the line moves, and change when it says something else", async () => {
    const before = await finding("query(a);\n", 1);
    expect(await finding("\n\n  query(a);\n", 3)).toBe(before);
    expect(await finding("query(b);\n", 1)).not.toBe(before);
  });
});

describe("baselines and decisions", () => {
  const report = sarif("Linter", named("x", 1, "89"));
  const lines = "query(a);\n";
  // A tool that was heard and found nothing.
  const silent = { "silent.sarif": sarif("Silent") };
  const hearSilent = ["scanners", "--import", "silent.sarif"];

  it("know a finding by the name that another tool gave it, and do not call gone what was not asked", async () => {
    const cwd = folderWith({
      ...silent,
      "a.ts": lines,
      "1.sarif": report,
      "2.sarif": sarif("Also", named("y", 1, "89")),
    });
    const base = ["--baseline", "b.json"];
    await imported(cwd, ["scanners", "--import", "1.sarif", ...base, "--write-baseline"]);
    const both = await imported(cwd, ["scanners", "--import", "2.sarif", "--import", "1.sarif", ...base]);
    expect(both.findings.map(({ rule, state }) => `${rule} ${state}`)).toEqual(["source.also.y unchanged"]);
    const without = await imported(cwd, [...hearSilent, ...base]);
    expect(JSON.parse(without.out)).toMatchObject({ gone: [] });
    const other = await imported(cwd, ["scanners", "--import", "2.sarif", ...base]);
    expect(JSON.parse(other.out)).toMatchObject({ gone: [], findings: [{ state: "new" }] });
  });

  const decided = (rule: string) =>
    `findings:\n  - { rule: ${rule}, status: accepted, owner: ann, reason: known, until: 2999-01-01 }\n`;

  it("take a rule of another tool, and miss it only where that tool was heard", async () => {
    const cwd = folderWith({
      ...silent,
      "a.ts": lines,
      "1.sarif": report,
      "portcullis-findings.yaml": decided("source.linter.x"),
    });
    const heard = await imported(cwd, ["scanners", "--import", "1.sarif", "--fail-on", "info"]);
    expect([heard.code, heard.findings.length]).toEqual([0, 1]);
    expect((await imported(cwd, hearSilent)).code).toBe(0);
  });

  it("refuse a rule that nobody could have", async () => {
    const cwd = folderWith({ ...silent, "portcullis-findings.yaml": decided("linter.x") });
    expect((await imported(cwd, hearSilent)).code).toBe(2);
  });
});
