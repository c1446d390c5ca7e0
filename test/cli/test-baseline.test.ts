// Guards decisions and baselines of `portcullis test`: only what is new and undecided makes a run fail, and nothing is forgotten.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DOCUMENT, OAUTH } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { run } from "./running.ts";

const withToken = (document: string, name: string) =>
  document.replace(
    "security: []",
    `security: []\n      parameters: [{ name: ${name}, in: query, schema: { enum: [a] } }]`,
  );
const GRAVE = withToken(DOCUMENT, "token");
const folder = (document = GRAVE, files = {}) =>
  folderWith({ "portcullis.yaml": `openapi: api.yaml\n${OAUTH}`, "api.yaml": document, ...files });
const TEST = ["test", "contract"];
const decision = (more = "until: 2999-01-01") =>
  `findings:\n  - rule: contract.credentials-in-address\n    operation: health\n    status: accepted\n    owner: ann\n    reason: once\n    ${more}\n`;

describe("a decision", () => {
  it("takes a finding out of the count", async () => {
    const { code, out } = await run(TEST, { cwd: folder(GRAVE, { "portcullis-findings.yaml": decision() }) });
    expect(out).not.toContain("A credential stands in the address");
    expect(out).toMatch(/info; 1 decided\npassed: /);
    expect(code).toBe(0);
  });

  it("that has expired does not, and is told with its line", async () => {
    const cwd = folder(GRAVE, { "portcullis-findings.yaml": decision("until: 2001-01-01") });
    const { code, out } = await run(TEST, { cwd });
    expect(out).toContain("error  portcullis-findings.yaml:7: the decision of ann held until 2001-01-01\n");
    expect(code).toBe(1);
  });

  it("that decides nothing any more makes that the run cannot pass", async () => {
    const cwd = folder(DOCUMENT, { "mine.yaml": decision() });
    const { code, out } = await run([...TEST, "--decisions", "mine.yaml"], { cwd });
    expect(out).toContain("error  mine.yaml:2: nothing is found any more that this decides");
    expect(out).toMatch(/cannot tell: the decisions are not in order\n$/);
    expect(code).toBe(2);
  });

  it("stands in SARIF and JSON", async () => {
    const cwd = folder(GRAVE, { "portcullis-findings.yaml": decision() });
    await run([...TEST, "--format", "sarif,json", "--output", "out/"], { cwd });
    const text = (name: string) => readFileSync(path.join(cwd, "out", name), "utf8");
    const json = JSON.parse(text("portcullis.json")) as { findings: object[] };
    expect(json.findings[0]).toMatchObject({ decision: { owner: "ann", until: "2999-01-01" }, fails: false });
    const sarif = JSON.parse(text("portcullis.sarif")) as { runs: { results: object[] }[] };
    expect(sarif.runs[0]?.results[0]).toMatchObject({
      suppressions: [{ kind: "external", justification: "Accepted by ann until 2999-01-01: once" }],
    });
  });

  it("file that is named must be there", async () => {
    const { code, err } = await run([...TEST, "--decisions", "none.yaml"], { cwd: folder() });
    expect(err).toContain("none.yaml cannot be read: there is no such file");
    expect(code).toBe(2);
  });
});

describe("a baseline", () => {
  const BASELINE = ["--baseline", "base.json"];

  it("lets pass what it knows, and nothing that is new", async () => {
    const cwd = folder();
    expect((await run(TEST, { cwd })).code).toBe(1);
    expect((await run([...TEST, ...BASELINE, "--write-baseline"], { cwd })).code).toBe(0);
    const same = await run([...TEST, ...BASELINE], { cwd });
    expect(same.out).toMatch(/\nShop: none; \d+ as in the baseline, 0 gone\npassed: /);
    expect(same.code).toBe(0);
    writeFileSync(path.join(cwd, "api.yaml"), `# moved\n\n${withToken(DOCUMENT, "password")}`);
    const next = await run([...TEST, ...BASELINE], { cwd });
    expect(next.out).toContain("GET /health takes a credential in its query: password");
    expect(next.out).toMatch(/Shop: 1 high; \d+ as in the baseline, 1 gone\nfailed: 1 /);
    expect(next.code).toBe(1);
  });

  it("can be a report", async () => {
    const cwd = folder();
    await run([...TEST, "--format", "json", "--output", "base.json"], { cwd });
    expect((await run([...TEST, ...BASELINE], { cwd })).code).toBe(0);
  });

  it("keeps what the kinds found that did not run", async () => {
    const old = { fingerprint: "f", rule: "dynamic.of-another-kind", message: "m" };
    const lost = { fingerprint: "g", rule: "contract.read-public", message: "m" };
    const cwd = folder(GRAVE, { "base.json": JSON.stringify({ version: 1, findings: [old, lost] }) });
    await run([...TEST, ...BASELINE, "--write-baseline"], { cwd });
    const { findings } = JSON.parse(readFileSync(path.join(cwd, "base.json"), "utf8")) as {
      findings: { fingerprint: string }[];
    };
    expect(findings.map(({ fingerprint }) => fingerprint)).not.toContain("g");
    expect(findings.length).toBeGreaterThan(5);
  });

  it.each([
    [[...TEST, "--baseline", "none.json"], "none.json cannot be read"],
    [[...TEST, "--baseline", "api.yaml"], "api.yaml is no baseline"],
    [[...TEST, "--write-baseline"], "--write-baseline needs a file"],
  ])("refuses %j", async (args, message) => {
    const { code, err } = await run(args, { cwd: folder() });
    expect(err).toContain(message);
    expect(code).toBe(2);
  });
});
