// Guards that what other tools wrote becomes findings: rule, severity, weakness, place, operation, and nothing that they took back.
import { describe, expect, it } from "vitest";
import { folderWith } from "../../configuration/folder.ts";
import { imported, LAB, LAB_FLAGS, type Reported, reportText } from "./reports.ts";

const brief = ({ rule, severity, confidence, cwe, places: [place], sources }: Reported): string =>
  `${rule} ${severity} ${confidence} ${cwe.join()} ${place === undefined ? "nowhere" : `${place.file}:${place.line}`} ${sources.join()}`;
const of = (name: string, files: Readonly<Record<string, string>> = {}) =>
  imported(folderWith({ [name]: reportText(name), ...files }), ["scanners", "--import", name]);

describe("OWASP ZAP", () => {
  const lab = (name: string) =>
    imported(folderWith({ [name]: reportText(name), "api.yaml": LAB }), ["scanners", ...LAB_FLAGS, "--import", name]);
  const expected = [
    "dynamic.zap.40012 high firm 79 api.yaml:6 zap",
    "dynamic.zap.40018 high tentative 89 api.yaml:6 zap",
    "dynamic.zap.10020-1 medium firm 1021 api.yaml:6 zap",
    "dynamic.zap.10038-1 medium firm 693 api.yaml:6 zap",
    "dynamic.zap.10021 low firm 693 api.yaml:6 zap",
    "dynamic.zap.10021 low firm 693 api.yaml:12 zap",
  ];

  it.each(["zap-alerts.json", "zap-report.json"])(
    "puts what %s says at the operations of the document",
    async (name) => {
      const { findings, code } = await lab(name);
      expect(findings.map(brief).sort()).toEqual(expected.toSorted());
      expect(findings.find(({ rule }) => rule === "dynamic.zap.40018")).toMatchObject({
        operation: { id: "items" },
        parameter: "query q",
        message: expect.stringMatching(/^SQL Injection: GET \/items/),
      });
      expect(code).toBe(1);
    },
  );

  it("gives the same fingerprints by its report and by its API", async () => {
    const [one, other] = await Promise.all(["zap-alerts.json", "zap-report.json"].map(lab));
    const prints = (all: readonly Reported[] = []) => all.map(({ fingerprint }) => fingerprint).sort();
    expect(prints(one?.findings)).toEqual(prints(other?.findings));
    expect(new Set(prints(one?.findings)).size).toBe(6);
  });

  it("leaves out what somebody called false, and keeps what the document does not have", async () => {
    const report = JSON.parse(reportText("zap-alerts.json")) as { alerts: Record<string, string>[] };
    const [first, second] = report.alerts as [Record<string, string>, Record<string, string>];
    first["confidence"] = "False Positive";
    second["url"] = "http://127.0.0.1:13000/elsewhere?q=1";
    const cwd = folderWith({ "z.json": JSON.stringify({ alerts: [first, second] }), "api.yaml": LAB });
    const { findings } = await imported(cwd, ["scanners", ...LAB_FLAGS, "--import", "z.json"]);
    expect(findings.map(brief)).toEqual(["dynamic.zap.40018 high tentative 89 api.yaml:1 zap"]);
  });

  it("is taken over where there is no document, and the run says what that costs", async () => {
    const { findings, err } = await of("zap-alerts.json");
    expect(findings).toHaveLength(6);
    expect(findings.every(({ places }) => places.length === 0)).toBe(true);
    expect(err).toContain("failed");
  });
});

it("reads SARIF of any tool: levels, scores, tags, bases, lists of files", async () => {
  const { findings } = await of("tools.sarif", { "src/orders list.ts": "\nquery(sent);\n" });
  expect(findings.map(brief).sort()).toEqual([
    "secrets.sometool.keys critical tentative 798 /elsewhere/keys.ts:4 sometool",
    "source.snykcode.javascript-PT medium firm 23 listed.ts:9 snykcode",
    "source.snykcode.javascript-Sqli high certain 89 src/orders list.ts:2 snykcode",
  ]);
  expect(findings.find(({ cwe }) => cwe.includes(89))?.message).toBe("Input from a body flows into query.");
});

it("reads npm audit: what only passes on a vulnerability is none of its own", async () => {
  const lock = JSON.stringify(
    { lockfileVersion: 3, packages: { "": {}, "node_modules/lodash": { version: "4.17.15" } } },
    undefined,
    1,
  );
  const { findings } = await of("npm-audit.json", { "package-lock.json": lock });
  expect(findings.map(brief)).toEqual([
    "dependencies.npm-audit.GHSA-test-0000-0001 high firm 1321 package-lock.json:5 npm-audit",
  ]);
  expect(findings[0]?.message).toBe("lodash 4.17.15 has GHSA-test-0000-0001: Prototype pollution.");
});

it("reads osv-scanner: one finding for all names of a vulnerability", async () => {
  const { findings } = await of("osv-scanner.json");
  expect(findings.map(brief)).toEqual([
    "dependencies.osv-scanner.GHSA-0000-test-0005 critical firm  package-lock.json:1 osv-scanner",
    "dependencies.osv-scanner.MAL-2026-900009 critical firm  package-lock.json:1 osv-scanner",
    "dependencies.osv-scanner.CVE-2026-900001 high firm  package-lock.json:1 osv-scanner",
    "dependencies.osv-scanner.GHSA-0000-test-0002 medium firm  package-lock.json:1 osv-scanner",
    "dependencies.osv-scanner.GHSA-0000-test-0003 low firm  package-lock.json:1 osv-scanner",
  ]);
});

it("reads gitleaks, and shows no secret in any form of report", async () => {
  const secret = (JSON.parse(reportText("gitleaks.json")) as { Secret: string }[])[0]?.Secret as string;
  const { findings, out, err } = await of("gitleaks.json", { "conf.yaml": `aws: ${secret}\n` });
  expect(findings.map(brief)).toEqual(["secrets.gitleaks.aws-access-token high tentative 798 conf.yaml:1 gitleaks"]);
  expect(out + err).not.toContain(secret);
});

it("reads Semgrep: our own rules as ours, those of others as theirs", async () => {
  const { findings } = await of("semgrep.json", { "a.js": '\nexec("ping " + req.query.host);\n' });
  // Both rules speak of one line and one weakness: ours gives the name, and is as grave as where we ran it.
  expect(findings.map(brief)).toEqual(["source.command-injection critical firm 78 a.js:2 semgrep"]);
  expect(findings[0]?.others?.map(({ rule }) => rule)).toEqual([
    "source.semgrep.javascript.lang.security.detect-child-process",
  ]);
});

describe("SARIF of Semgrep", () => {
  const sarif = (rule: string, tags: readonly string[]) =>
    JSON.stringify({
      version: "2.1.0",
      runs: [
        {
          tool: {
            driver: {
              name: "Semgrep OSS",
              rules: [
                { id: rule, defaultConfiguration: { level: "warning" }, properties: { precision: "very-high", tags } },
              ],
            },
          },
          results: [
            {
              ruleId: rule,
              message: { text: "said" },
              locations: [{ physicalLocation: { artifactLocation: { uri: "a.js" }, region: { startLine: 2 } } }],
            },
          ],
        },
      ],
    });
  const read = (rule: string, tags: readonly string[]) => {
    const files = { "s.sarif": sarif(rule, tags), "a.js": "\nres.redirect(req.query.to);\n" };
    return imported(folderWith(files), ["scanners", "--import", "s.sarif"]);
  };

  it("has our own rules as ours: name, severity and fingerprint as in its JSON", async () => {
    const { findings } = await read("rules.code-injection", ["CWE-94", "portcullis:source.code-injection"]);
    expect(findings.map(brief)).toEqual(["source.code-injection critical firm 94 a.js:2 semgrep-oss"]);
    const result = {
      check_id: "rules.code-injection",
      path: "a.js",
      start: { line: 2, col: 1 },
      end: { line: 2, col: 2 },
      extra: { message: "said", severity: "WARNING", metadata: { portcullis: "source.code-injection" } },
    };
    const json = JSON.stringify({ results: [result], errors: [], paths: {} });
    const other = await imported(folderWith({ "s.json": json, "a.js": "\nres.redirect(req.query.to);\n" }), [
      "scanners",
      "--import",
      "s.json",
    ]);
    expect(other.findings.map(({ fingerprint }) => fingerprint)).toEqual(
      findings.map(({ fingerprint }) => fingerprint),
    );
  });

  it.each(["portcullis:source.no-such-rule", "portcullis:dynamic.limit-missing"])(
    "has others' as theirs, whatever they call themselves: %s",
    async (tag) => {
      const { findings } = await read("x.code-injection", ["CWE-94", tag]);
      expect(findings.map(brief)).toEqual(["source.semgrep-oss.x.code-injection medium certain 94 a.js:2 semgrep-oss"]);
    },
  );
});

it("reads Snyk: one finding for each vulnerability, whatever the number of ways; no licences", async () => {
  const { findings } = await of("snyk.json");
  expect(findings.map(brief)).toEqual([
    "dependencies.snyk.SNYK-JS-LODASH-900001 high firm 1321 package-lock.json:1 snyk",
    "dependencies.snyk.SNYK-JS-QS-900002 medium firm 1321 package-lock.json:1 snyk",
  ]);
});

it("reads Schemathesis: a finding for each operation that fails", async () => {
  const cwd = folderWith({ "s.json": reportText("schemathesis.json"), "api.yaml": LAB });
  const { findings } = await imported(cwd, ["scanners", ...LAB_FLAGS, "--import", "s.json"]);
  expect(findings.map((one) => `${one.rule} ${one.severity} ${one.operation?.id}`)).toEqual([
    "dynamic.schemathesis.ServerError critical items",
    "dynamic.schemathesis.AcceptedNegativeData medium items",
    "dynamic.schemathesis.UndefinedStatusCode medium undefined",
    "dynamic.schemathesis.UndefinedStatusCode medium items",
    "dynamic.schemathesis.UndefinedStatusCode medium user",
  ]);
});

it("says nothing found for an empty report, where the tool is known", async () => {
  const files = { "g.json": "[]", "o.json": '{"results":[],"experimental_config":{}}' };
  const { findings, code } = await imported(folderWith(files), [
    "scanners",
    "--import",
    "gitleaks:g.json",
    "--import",
    "o.json",
  ]);
  expect([findings.length, code]).toEqual([0, 0]);
});
