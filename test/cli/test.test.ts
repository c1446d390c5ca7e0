// Guards `portcullis test`: what it says, in which form and where to, and exit codes that a pipeline can rely on.
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readied } from "../../src/cli/test/output.ts";
import { DOCUMENT, OAUTH } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { run } from "./running.ts";

const folder = (text = OAUTH, document = DOCUMENT) =>
  folderWith({ "portcullis.yaml": `openapi: api.yaml\n${text}`, "api.yaml": document });
/** A credential in the query: high. */
const GRAVE = DOCUMENT.replace(
  "security: []",
  "security: []\n      parameters: [{ name: token, in: query, schema: { enum: [a] } }]",
);
const CONTRACT = ["test", "contract"];
const read = (cwd: string, name: string) => readFileSync(path.join(cwd, name), "utf8");

describe("test", () => {
  it("passes where nothing is grave, and says what weighs less", async () => {
    const { code, out, err } = await run(CONTRACT, { cwd: folder() });
    expect(out).toContain("medium  An object takes members that nobody declared  contract.object-open\n");
    expect(out).toContain("  api.yaml:16:53  PUT /orders/{id}, body: members that nobody declared\n");
    expect(out).toMatch(/\nShop: 1 medium, \d+ low, \d+ info\npassed: nothing of severity high or over\n$/);
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });

  it("fails where something is", async () => {
    const { code, out } = await run(CONTRACT, { cwd: folder(OAUTH, GRAVE) });
    expect(out).toMatch(/^high {2}A credential stands in the address {2}contract\.credentials-in-address\n/);
    expect(out).toMatch(/failed: 1 of severity high or over\n$/);
    expect(code).toBe(1);
  });

  it("fails from the severity on that is asked for", async () => {
    expect((await run([...CONTRACT, "--fail-on", "medium"], { cwd: folder() })).code).toBe(1);
    expect((await run([...CONTRACT, "--fail-on", "critical"], { cwd: folder(OAUTH, GRAVE) })).code).toBe(0);
  });

  it("shows what weighs nothing as a count, and all of it with --verbose", async () => {
    const brief = await run(CONTRACT, { cwd: folder() });
    expect(brief.out).toMatch(/ {2,}1 {2}Anybody may read {2}contract\.read-public\n/);
    expect(brief.out).not.toContain("GET /health is open to anybody");
    const whole = await run([...CONTRACT, "--verbose"], { cwd: folder() });
    expect(whole.out).toContain("  api.yaml:21:7  GET /health is open to anybody\n");
  });

  it("cannot tell where the gate would not start, and says why", async () => {
    const { code, out, err } = await run(CONTRACT, { cwd: folder(`${OAUTH}operations: { getOrdr: {} }\n`) });
    expect(out).toContain("  ! contract tests: the gate would not start with this configuration");
    expect(out).toMatch(/cannot tell: not all was tested\n$/);
    expect(err).toContain('no operation of the document is "getOrdr"');
    expect(code).toBe(2);
  });

  it("cannot tell where there is no configuration", async () => {
    const { code, out } = await run(CONTRACT, { cwd: folderWith({}) });
    expect(out).toContain("  ! contract tests: there is no portcullis.yaml here, and no --openapi");
    expect(code).toBe(2);
  });

  it.each([
    [["test", "contrct"], 'there is no test "contrct"', '"contract"'],
    [["test", "scanners"], '"scanners" alone tests nothing', "--import"],
    [[...CONTRACT, "--fail-on", "grave"], "--fail-on grave is none of critical, high, medium, low, info", ""],
    [
      [...CONTRACT, "--format", "sarf"],
      "--format sarf is none of text, sarif, junit, html, json, markdown, sonar",
      '"sarif"',
    ],
    [[...CONTRACT, "--format", "sarif,json"], "several formats need a folder to go to", "--output reports"],
  ])("refuses %j", async (args, message, remedy) => {
    const { code, out, err } = await run(args, { cwd: folder() });
    expect(err).toContain(message);
    expect(err).toContain(remedy);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });
});

describe("test --format", () => {
  it("writes JSON", async () => {
    const { code, out } = await run([...CONTRACT, "--format", "json"], { cwd: folder(OAUTH, GRAVE) });
    const report = JSON.parse(out) as { findings: Record<string, unknown>[] };
    expect(code).toBe(1);
    expect(report).toMatchObject({
      version: 1,
      api: "Shop",
      kinds: ["contract"],
      failOn: "high",
      gone: [],
      mistakes: [],
    });
    expect(report.findings[0]).toMatchObject({
      rule: "contract.credentials-in-address",
      kind: "contract",
      severity: "high",
      cwe: [598],
      owasp: ["API2:2023", "API8:2023"],
      operation: { id: "health", method: "GET", template: "/health" },
      parameter: "query token",
      places: [{ file: "api.yaml", line: 22, column: 22 }],
      state: "new",
      fails: true,
    });
  });

  it("writes SARIF that points at the line", async () => {
    const { out } = await run([...CONTRACT, "--format", "sarif"], { cwd: folder(OAUTH, GRAVE) });
    const [log] = (JSON.parse(out) as { runs: { results: unknown[]; tool: { driver: { rules: { id: string }[] } } }[] })
      .runs;
    expect(log?.results[0]).toMatchObject({
      ruleId: "contract.credentials-in-address",
      level: "error",
      locations: [
        { physicalLocation: { artifactLocation: { uri: "api.yaml" }, region: { startLine: 22, startColumn: 22 } } },
      ],
    });
    expect(log?.tool.driver.rules.map(({ id }) => id)).toContain("contract.credentials-in-address");
  });

  it("writes one form into a file, and the text to the terminal", async () => {
    const cwd = folder();
    const { out, err } = await run([...CONTRACT, "--format", "sarif", "--output", "deep/a.sarif"], { cwd });
    expect(JSON.parse(read(cwd, "deep/a.sarif"))).toMatchObject({ version: "2.1.0" });
    expect(out).toContain("passed: nothing of severity high or over");
    expect(err).toBe("written: deep/a.sarif\n");
  });

  it("writes several into a folder", async () => {
    const cwd = folder();
    mkdirSync(path.join(cwd, "reports"));
    await run([...CONTRACT, "--format", "sarif,json", "--format", "text", "--output", "reports"], { cwd });
    expect(JSON.parse(read(cwd, "reports/portcullis.sarif"))).toMatchObject({ version: "2.1.0" });
    expect(JSON.parse(read(cwd, "reports/portcullis.json"))).toMatchObject({ version: 1 });
    expect(read(cwd, "reports/portcullis.txt")).toContain("passed: nothing of severity high or over");
  });
});

describe("test --output", () => {
  it.each<readonly [string, string]>([
    ["api.yaml/x", "api.yaml cannot be written: it is there, and no folder"],
    ["api.yaml/x/y/", "api.yaml cannot be written: it is there, and no folder"],
    ["api.yaml/", "api.yaml cannot be written: it is there, and no folder"],
    ["nowhere", "not/there cannot be written: nothing can be made there"],
    ["nowhere/x", "nowhere cannot be written: it is there, and no folder"],
    ["taken", "taken/portcullis.sarif cannot be written: it is a folder"],
    ...(process.platform === "linux"
      ? ([
          ["/proc/x", "/proc/x cannot be written: nothing can be made there"],
          ["/proc/x/y", "/proc/x cannot be written: nothing can be made there"],
          ["/proc/x/y/z/", "/proc/x cannot be written: nothing can be made there"],
        ] as const)
      : []),
  ])("refuses %s before anything runs", async (output, message) => {
    const cwd = folder();
    mkdirSync(path.join(cwd, "taken/portcullis.sarif"), { recursive: true });
    symlinkSync("not/there", path.join(cwd, "nowhere"));
    const { code, out, err } = await run([...CONTRACT, "--format", "sarif", "--output", output], { cwd });
    expect(err).toContain(message);
    expect(err).not.toContain("unexpected");
    // The text of a run would stand here.
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });

  it("leaves what is there as it is until there is something to write", async () => {
    const cwd = folder();
    writeFileSync(path.join(cwd, "old.sarif"), "old");
    const names = ["old.sarif", "new.sarif"];
    const ready = await Promise.all(names.map((output) => readied({ names: ["sarif"], output }, { cwd })));
    expect(ready.map(({ files }) => files?.get("sarif"))).toEqual(names.map((name) => path.join(cwd, name)));
    expect(read(cwd, "old.sarif")).toBe("old");
    expect(existsSync(path.join(cwd, "new.sarif"))).toBe(false);
  });

  it("writes over what is there, and to what is no file", async () => {
    const cwd = folder();
    writeFileSync(path.join(cwd, "old.sarif"), "old");
    await run([...CONTRACT, "--format", "sarif", "--output", "old.sarif"], { cwd });
    expect(JSON.parse(read(cwd, "old.sarif"))).toMatchObject({ version: "2.1.0" });
    symlinkSync("real.sarif", path.join(cwd, "link.sarif"));
    await run([...CONTRACT, "--format", "sarif", "--output", "link.sarif"], { cwd });
    expect(JSON.parse(read(cwd, "real.sarif"))).toMatchObject({ version: "2.1.0" });
    expect((await run([...CONTRACT, "--format", "sarif", "--output", "/dev/null"], { cwd })).code).toBe(0);
  });
});

describe("test contract beside a test file", () => {
  const configured = (testFile: string) =>
    folderWith({
      "portcullis.yaml": `openapi: api.yaml\nupstream: \${API_URL}\n${OAUTH}`,
      "api.yaml": DOCUMENT,
      "portcullis-test.yaml": testFile,
    });
  const ENVIRONMENT = 'environment: { API_URL: "http://127.0.0.1:3000" }\n';

  it("reads the environment in it, whatever is wrong with the rest", async () => {
    const { code, out } = await run(["test", "contract"], { cwd: configured(`${ENVIRONMENT}api: { strat: x }\n`) });
    expect(out).toContain("passed: ");
    expect(code).toBe(0);
  });

  it("cannot test where the environment itself is wrong, and says where and what to do", async () => {
    const cwd = configured('enviroment: { API_URL: "http://127.0.0.1:3000" }\n');
    const { code, out, err } = await run(["test", "contract"], { cwd });
    expect(out).toContain("  ! contract tests: portcullis-test.yaml is not in order\n");
    expect(err).toMatch(/portcullis-test\.yaml:1:1.*unknown key "enviroment"/);
    expect(err).toContain("environment");
    expect(code).toBe(2);
  });
});

describe.each([
  ["--baseline", ["--write-baseline", "--baseline"]],
  ["--sbom", ["--sbom"]],
])("the file of %s", (_option, words) => {
  it.each<readonly [string, string]>([
    ["not/there.json", "cannot be written: there is no folder"],
    ["api.yaml/x.json", "cannot be"],
    ...(process.platform === "linux"
      ? ([["/proc/x.json", "cannot be written: nothing can be made there"]] as const)
      : []),
  ])("is refused as %s before anything runs", async (file, message) => {
    const cwd = folder();
    const { code, out, err } = await run([...CONTRACT, "dependencies", ...words, file], { cwd });
    expect(err).toContain(message);
    expect(err).not.toContain("unexpected");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(existsSync(path.join(cwd, "not"))).toBe(false);
  });
});

describe("test contract --fix", () => {
  it("adds the answers that the gate gives, and keeps the rest as it is written", async () => {
    const document = DOCUMENT.replace(
      '{ "200": { description: ok, content: { application/json: { schema: { type: object } } } } }',
      '\n        # kept\n        "200": { description: ok } # too',
    );
    const cwd = folder(OAUTH, document);
    const before = await run([...CONTRACT, "--verbose"], { cwd });
    expect(before.out).toContain("GET /orders/{id} does not describe the answer 401");
    const { code, out } = await run([...CONTRACT, "--verbose", "--fix"], { cwd });
    expect(code).toBe(0);
    expect(out).not.toMatch(/does not describe the answer (400|401|403|429)/);
    const text = read(cwd, "api.yaml");
    expect(text).toContain('        # kept\n        "200": { description: ok } # too\n');
    expect(text).toContain('        "401":\n          description: The caller is not known.\n');
    expect(text).toContain("Retry-After");
    const again = await run([...CONTRACT, "--fix"], { cwd });
    expect({ code: again.code, err: again.err }).toEqual({ code: 0, err: "" });
    expect(read(cwd, "api.yaml")).toBe(text);
  });

  it.each([
    ["", "4 answers added"],
    ['\n        "429": { description: later }', "3 answers added, 3 fields added to answers that were there"],
    [', "401": { description: a }, 4XX: { description: b }', undefined],
  ])("says which file it changed, and how: %j", async (more, how) => {
    const flow = '{ "200": { description: ok, content: { application/json: { schema: { type: object } } } } }';
    const written = more.startsWith(",")
      ? flow.replace(/ }$/, `${more} }`)
      : `\n        "200": { description: ok }${more}`;
    const cwd = folder(OAUTH, DOCUMENT.replace(flow, written));
    const { err } = await run([...CONTRACT, "--fix"], { cwd });
    expect(err).toBe(how === undefined ? "" : `changed: api.yaml: ${how}\n`);
  });

  it("adds no answer that is a finding of its own", async () => {
    const cwd = folder();
    const rules = async (...more: string[]) => {
      const { out } = await run([...CONTRACT, ...more, "--format", "json"], { cwd });
      const { findings } = JSON.parse(out) as { findings: { rule: string }[] };
      return Object.fromEntries(
        [...Map.groupBy(findings, ({ rule }) => rule)].map(([rule, all]) => [rule, all.length]),
      );
    };
    const before = await rules();
    const after = await rules("--fix");
    for (const [rule, count] of Object.entries(after))
      expect([rule, count]).toEqual([rule, Math.min(count, before[rule] ?? 0)]);
    expect(after["contract.limit-fields-missing"]).toBe(before["contract.limit-fields-missing"]);
    expect(before["contract.answer-429-missing"]).toBeGreaterThan(0);
    expect(after).not.toHaveProperty(["contract.answer-429-missing"]);
  });

  it("gives findings the lines of the mended document", async () => {
    const document = DOCUMENT.replace(
      '{ "200": { description: ok, content: { application/json: { schema: { type: object } } } } }',
      '\n        "200": { description: ok }',
    );
    const cwd = folder(OAUTH, document);
    const { out } = await run([...CONTRACT, "--fix", "--format", "json"], { cwd });
    const { findings } = JSON.parse(out) as { findings: { rule: string; places: { line: number }[] }[] };
    const line = findings.find(({ rule }) => rule === "contract.read-public")?.places[0]?.line ?? 0;
    expect(read(cwd, "api.yaml").split("\n")[line - 1]).toContain("security: []");
  });
});
