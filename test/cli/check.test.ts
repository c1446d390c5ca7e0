// Guards `portcullis check`: findings in three forms, exit codes that a pipeline can rely on, nothing fetched.
import { describe, expect, it } from "vitest";
import { DOCUMENT, OAUTH } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { run } from "./running.ts";

const folder = (text: string, document = DOCUMENT) =>
  folderWith({ "portcullis.yaml": `openapi: api.yaml\n${text}`, "api.yaml": document });
const WEAK = `${OAUTH}transport:\n  tls: dangerouslyOff\n`;

describe("check", () => {
  it("of what is well says so, without asking the issuer", async () => {
    const { code, out, err } = await run(["check"], { cwd: folder(OAUTH) });
    expect(out).toMatch(/^Shop: 3 operations, policy [0-9a-f]{12}; nothing to say\n$/);
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });

  it("shows each finding with its place and remedy, errors first", async () => {
    const cwd = folder(`${WEAK}operations: { getOrdr: {} }\n`);
    expect(await run(["check"], { cwd })).toEqual({
      code: 1,
      out: [
        'error  portcullis.yaml:6:15: no operation of the document is "getOrdr"',
        '       Did you mean "getOrder"?',
        "warning  portcullis.yaml:5:8: TLS is off: tokens travel readable",
        "       Use `tls: { certificate, key }`, or `terminated-by-proxy`.",
        "",
        "1 error, 1 warning",
        "",
      ].join("\n"),
      err: "",
    });
  });

  it("reads certificate and key as the start does", async () => {
    const cwd = folder(`${OAUTH}transport:\n  tls: { certificate: a.crt, key: a.key }\n`);
    const { code, out } = await run(["check"], { cwd });
    expect(out.match(/^error {2}portcullis\.yaml:5:3: .*(?=\n)/gm)?.map((line) => line.replace(/\S*\//, ""))).toEqual([
      "error  portcullis.yaml:5:3: a.crt: the certificate cannot be read (ENOENT).",
      "error  portcullis.yaml:5:3: a.key: the key cannot be read (ENOENT).",
    ]);
    expect(code).toBe(1);
  });

  it("counts warnings only with --strict", async () => {
    const cwd = folder(WEAK);
    expect((await run(["check"], { cwd })).code).toBe(0);
    expect((await run(["check", "--strict"], { cwd })).code).toBe(1);
    expect((await run(["check", "--strict"], { cwd: folder(OAUTH) })).code).toBe(0);
  });

  it("cannot tell where a file is not there", async () => {
    const cwd = folderWith({ "portcullis.yaml": `openapi: api.yaml\n${OAUTH}` });
    const gone = await run(["check"], { cwd });
    expect(gone).toMatchObject({ code: 2, err: "" });
    expect(gone.out).toContain('error  portcullis.yaml:1:10: "api.yaml" cannot be read: there is no such file');
    expect((await run(["check", "--config", "none.yaml"], { cwd })).code).toBe(2);
  });

  it("takes flags for settings", async () => {
    const cwd = folderWith({ "api.yaml": DOCUMENT });
    const args = ["check", "--openapi", "api.yaml", "--issuer", "https://i.example/"];
    expect((await run(args, { cwd })).out).toContain("error  command line --issuer: audience is missing");
    expect((await run([...args, "--audience", "a", "--audience=b"], { cwd })).code).toBe(0);
  });

  it("gives JSON with rule, place and remedy", async () => {
    const { out, code } = await run(["check", "--format", "json"], { cwd: folder(WEAK) });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      problems: [
        {
          severity: "warning",
          rule: "configuration.tls-off",
          message: "TLS is off: tokens travel readable",
          remedy: "Use `tls: { certificate, key }`, or `terminated-by-proxy`.",
          position: { file: "portcullis.yaml", line: 5, column: 8 },
        },
      ],
    });
  });

  it("gives SARIF that names rules, levels and lines; flags have no line", async () => {
    const cwd = folder("operations: { getOrdr: {} }\n");
    const { out, code } = await run(["check", "--format=sarif", "--issuer", "https://i.example/"], { cwd });
    expect(code).toBe(1);
    const flagged = JSON.parse(out) as { version: string; runs: { results: Record<string, unknown>[] }[] };
    expect(flagged.version).toBe("2.1.0");
    expect(flagged.runs[0]?.results).toMatchObject([
      { ruleId: "configuration.missing-key", level: "error", locations: [] },
    ]);
    const [sarif] = (
      JSON.parse(
        (await run(["check", "--format=sarif", "--issuer", "https://i.example/", "--audience", "a"], { cwd })).out,
      ) as typeof flagged
    ).runs;
    expect(sarif?.results).toMatchObject([
      {
        ruleId: "configuration.selector-unmatched",
        ruleIndex: 0,
        level: "error",
        message: { text: 'no operation of the document is "getOrdr" – Did you mean "getOrder"?' },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "portcullis.yaml" },
              region: { startLine: 2, startColumn: 15 },
            },
          },
        ],
      },
    ]);
  });

  it("opens no sink", async () => {
    const cwd = folder(`${OAUTH}monitoring: { sinks: [{ file: /nowhere/at/all.ndjson }] }\n`);
    expect((await run(["check"], { cwd })).code).toBe(0);
  });
});
