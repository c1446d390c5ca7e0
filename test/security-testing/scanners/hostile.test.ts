// Guards that a report which is broken, wrong or made to harm gives a sentence with a remedy: no stack, no hang, nothing that reaches the terminal.
import { execFileSync } from "node:child_process";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { run } from "../../cli/running.ts";
import { folderWith } from "../../configuration/folder.ts";
import { REPORT_BYTES_MAX } from "../../../src/security-testing/scanners/reading.ts";
import { imported, reportText } from "./reports.ts";

const refused = async (file: string, cwd: string): Promise<string> => {
  const { code, err, out } = await run(["test", "scanners", "--import", file], { cwd });
  expect([code, out]).toEqual([2, ""]);
  expect(err).not.toMatch(/\n\s+at /);
  return err;
};
const sarif = (...results: readonly unknown[]) => ({
  version: "2.1.0",
  runs: [{ tool: { driver: { name: "T" } }, results }],
});

describe("what is refused", () => {
  it.each([
    ["an empty file", "", /it is empty.*The tool did not come to its end/s],
    ["half a file", reportText("zap-report.json").slice(0, 900), /it is no JSON, or not all of it/],
    ["XML", "<?xml version='1.0'?><OWASPZAPReport/>", /it is XML.*Have the tool write JSON or SARIF/s],
    ["something else in JSON", '{"name":"shop"}', /none of the reports that are known.*\(zap\)/s],
    ["an empty list", "[]", /does not say which tool wrote it.*--import gitleaks:FILE/s],
    ["a text", '"x"', /none of the reports/],
    [
      "an entry without its rule",
      JSON.stringify(sarif({ message: { text: "x" } })),
      /runs\[0\]\.results\[0\] names no rule/,
    ],
    ["a list of numbers", JSON.stringify(sarif(1, 2)), /results\[0\] is no object/],
    [
      "a run without results",
      JSON.stringify({ version: "2.1.0", runs: [{ tool: { driver: { name: "T" } } }] }),
      /has no "results"/,
    ],
    [
      "an alert without its address",
      '{"alerts":[{"pluginId":"1","risk":"High","description":"d","method":"GET"}]}',
      /alerts\[0\] has no "url"/,
    ],
    [
      "what npm says where it fails",
      '{"message":"no network","error":{"code":"EAI_AGAIN"}}',
      /npm audit failed: it says no network/,
    ],
    [
      "what Snyk says where it fails",
      '{"ok":false,"error":"Not authorised","path":"/x"}',
      /snyk could not test: Not authorised/,
    ],
    [
      "a run of Schemathesis that was cut off",
      '{"schemathesis_version":"4.1.0","complete":false,"stop_reason":"timeout","failures":[]}',
      /did not come to its end \(timeout\)/,
    ],
    [
      "SARIF of a run that failed, with what the tool said of it",
      JSON.stringify({
        version: "2.1.0",
        runs: [
          sarif().runs[0],
          {
            ...sarif().runs[0],
            invocations: [
              { executionSuccessful: true },
              {
                executionSuccessful: false,
                toolExecutionNotifications: [{ level: "error", message: { text: "out of \u001b[31mmemory" } }],
              },
            ],
          },
        ],
      }),
      /T says in runs\[1\] that it failed.*It said: out of \[31mmemory/s,
    ],
    ["SARIF of no run", '{"version":"2.1.0","runs":[]}', /it tells of no run/],
    [
      "what Semgrep says where it fails as a whole",
      '{"results":[],"errors":[{"level":"error","code":2,"message":"no rule could be read"}],"paths":{"scanned":[]}}',
      /semgrep failed: no rule could be read/,
    ],
    [
      "a report of ours",
      JSON.stringify({ version: "2.1.0", runs: [{ tool: { driver: { name: "Portcullis" } }, results: [] }] }),
      /a report of Portcullis itself.*--baseline/s,
    ],
    ["a nest without bottom", `{"runs":${"[".repeat(200_000)}`, /nests deeper than 100 levels/],
  ])("%s", async (_, text, why) => {
    expect(await refused("r.json", folderWith({ "r.json": text }))).toMatch(why);
  });

  it("but not SARIF of a run that came to its end", async () => {
    const run1 = { ...sarif().runs[0], invocations: [{ executionSuccessful: true }] };
    const cwd = folderWith({ "r.json": JSON.stringify({ version: "2.1.0", runs: [run1] }) });
    expect((await run(["test", "scanners", "--import", "r.json"], { cwd })).code).toBe(0);
  });

  it("what is no text", async () => {
    const cwd = folderWith({});
    writeFileSync(path.join(cwd, "r.json"), Buffer.from([0x7b, 0xff, 0xfe, 0x7d]));
    expect(await refused("r.json", cwd)).toMatch(/no UTF-8 text/);
  });

  it("what is larger than the bound, without reading it", async () => {
    const cwd = folderWith({ "r.json": "{}" });
    truncateSync(path.join(cwd, "r.json"), REPORT_BYTES_MAX + 1);
    expect(await refused("r.json", cwd)).toMatch(/more than 128 MB/);
  });

  it("a folder, a device, what is not there", async () => {
    const cwd = folderWith({});
    mkdirSync(path.join(cwd, "folder"));
    expect(await refused("folder", cwd)).toMatch(/it is a folder/);
    expect(await refused("/dev/zero", cwd)).toMatch(/it is no file/);
    expect(await refused("nothing.json", cwd)).toMatch(/nothing\.json cannot be taken over/);
  });

  it("a pipe that nobody writes to, without waiting", async () => {
    const cwd = folderWith({});
    execFileSync("mkfifo", [path.join(cwd, "pipe")]);
    expect(await refused("pipe", cwd)).toMatch(/it is no file/);
  });

  it("the file of one tool under the name of another", async () => {
    const cwd = folderWith({ "r.json": reportText("gitleaks.json") });
    expect(await refused("zap:r.json", cwd)).toMatch(/not a JSON report of OWASP ZAP.*--import gitleaks:FILE/s);
  });

  it("a tool that nobody knows", async () => {
    expect(await refused("zapp:r.json", folderWith({ "r.json": "{}" }))).toMatch(/there is no tool "zapp".*zap/s);
  });
});

describe("what is taken over", () => {
  const hostile = (message: string, uri = "a.ts") =>
    JSON.stringify(
      sarif({
        ruleId: "../../x\u001b[31m<script>",
        message: { text: message },
        locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: 1e300 } } }],
      }),
    );

  it("cannot write to the terminal, turn its direction or break a line of a report", async () => {
    const text = "a\u001b]0;title\u0007b\u009b31mc\r\nok\u202Ed\u2066\u0000<img src=x onerror=alert(1)>\n| @all |";
    const cwd = folderWith({ "r.json": hostile(text) });
    const ran = await run(["test", "scanners", "--import", "r.json"], { cwd });
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    expect(ran.out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2066]/);
    expect(ran.out).toContain("source.t.x-31m-script");
    const html = await run(["test", "scanners", "--import", "r.json", "--format", "html"], { cwd });
    expect(html.out).not.toContain("<img");
    const markdown = await run(["test", "scanners", "--import", "r.json", "--format", "markdown"], { cwd });
    expect(markdown.out).not.toMatch(/<img|@all/);
  });

  it.each([
    "../../etc/passwd",
    "/etc/passwd",
    "file:///etc/passwd",
    "/dev/zero",
    "%2e%2e/%2e%2e/etc/passwd",
    "\u0000",
    "a".repeat(10_000),
  ])("may name any file (%s), and none outside is opened", async (uri) => {
    const { findings } = await imported(folderWith({ "r.json": hostile("x", uri) }), [
      "scanners",
      "--import",
      "r.json",
    ]);
    expect(findings).toHaveLength(1);
  });

  it("masks credentials that a tool put into its texts", async () => {
    const token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl";
    const { out } = await imported(folderWith({ "r.json": hostile(`sent Authorization: Bearer ${token} here`) }), [
      "scanners",
      "--import",
      "r.json",
    ]);
    expect(out).not.toContain(token);
  });

  it("has no prototype to reach", async () => {
    const text =
      '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T"}},"results":[{"ruleId":"__proto__","level":"constructor","message":{"text":"x","id":"__proto__"},"__proto__":{"kind":"pass"}}]}]}';
    const { findings } = await imported(folderWith({ "r.json": text }), ["scanners", "--import", "r.json"]);
    expect(findings).toMatchObject([{ rule: "source.t.__proto__", severity: "high" }]);
  });

  it("takes 50,000 findings of one place in time", async () => {
    const results = Array.from({ length: 50_000 }, (_, i) => ({
      ruleId: `r${i % 500}`,
      message: { text: `case ${i}` },
      properties: { tags: ["CWE-89"] },
      locations: [{ physicalLocation: { artifactLocation: { uri: "a.ts" }, region: { startLine: 1 } } }],
    }));
    const cwd = folderWith({ "r.json": JSON.stringify(sarif(...results)), "a.ts": "x\n" });
    const before = process.cpuUsage();
    const { findings } = await imported(cwd, ["scanners", "--import", "r.json"]);
    const { user, system } = process.cpuUsage(before);
    expect(findings).toHaveLength(1);
    expect((user + system) / 1e6).toBeLessThan(20);
  });
});
