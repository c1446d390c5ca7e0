// Guards what `portcullis test` reads: no option has it write over it, or twice to one place, or to nowhere without a word.
import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DOCUMENT, OAUTH } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { run } from "./running.ts";

const LOCK = '{"lockfileVersion":3,"packages":{"":{}}}';
const PATHS_FILE = 'get: { operationId: more, security: [], responses: { "200": { description: ok } } }\n';
const FILES = {
  "portcullis.yaml": `openapi: api.yaml\n${OAUTH}`,
  "api.yaml": DOCUMENT.replace("paths:\n", 'paths:\n  /more: { $ref: "paths.yaml" }\n'),
  "paths.yaml": PATHS_FILE,
  "portcullis-test.yaml": "{}\n",
  "portcullis-findings.yaml": "findings: []\n",
  "package-lock.json": LOCK,
  "package.json": "{}",
  "server.ts": "export {};\n",
  "semgrep.json": '{"results":[],"errors":[],"paths":{"scanned":[]}}',
};
const refused = async (args: readonly string[], file: string, cwd: string) => {
  const before = readFileSync(path.join(cwd, file), "utf8");
  const { code, out, err } = await run(["test", ...args], { cwd });
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(readFileSync(path.join(cwd, file), "utf8")).toBe(before);
  return err;
};

describe("what a run reads", () => {
  it.each([
    ["api.yaml", ["contract"]],
    ["paths.yaml", ["contract"]],
    ["api.yaml", ["secrets"]],
    ["portcullis.yaml", ["secrets"]],
    ["portcullis-test.yaml", ["contract"]],
    ["portcullis-findings.yaml", ["contract"]],
    ["package-lock.json", ["dependencies"]],
    ["package.json", ["dependencies"]],
    ["server.ts", ["source", "--no-semgrep"]],
    ["semgrep.json", ["scanners", "--import", "semgrep:semgrep.json"]],
  ])("is not written over by --output: %s, %j", async (file, words) => {
    const err = await refused([...words, "--format", "json", "--output", file], file, folderWith(FILES));
    expect(err).toContain(`--output: ${file} is read by the run, and not written`);
  });

  it.each(["package-lock.json", "api.yaml"])("is not written over by --sbom: %s", async (file) => {
    const err = await refused(["contract", "dependencies", "--sbom", file], file, folderWith(FILES));
    expect(err).toContain(`--sbom: ${file} is read by the run, and not written`);
  });

  it("nor under another name", async () => {
    const cwd = folderWith(FILES);
    symlinkSync("api.yaml", path.join(cwd, "link.json"));
    linkSync(path.join(cwd, "api.yaml"), path.join(cwd, "hard.json"));
    for (const name of ["link.json", "hard.json"]) {
      // oxlint-disable-next-line no-await-in-loop -- one folder
      const err = await refused(["contract", "--format", "json", "--output", name], "api.yaml", cwd);
      expect(err).toContain(`--output: ${name} is read by the run`);
    }
  });

  it.each(["package-lock.json", "package.json", "server.ts"])(
    "nor where it was found, not named: a link to %s",
    async (file) => {
      const cwd = folderWith(FILES);
      symlinkSync(file, path.join(cwd, "soft.json"));
      symlinkSync("soft.json", path.join(cwd, "soft-to-soft.json"));
      mkdirSync(path.join(cwd, "deep"));
      symlinkSync("..", path.join(cwd, "deep/up"));
      linkSync(path.join(cwd, file), path.join(cwd, "hard.json"));
      for (const name of ["soft.json", "soft-to-soft.json", `deep/up/${file}`, "deep/up/soft.json", "hard.json"]) {
        // oxlint-disable-next-line no-await-in-loop -- one folder
        const err = await refused(["contract", "dependencies", "--sbom", name], file, cwd);
        expect(err).toContain(`--sbom: ${name} is read by the run, and not written`);
      }
    },
  );

  it("a link to what is nothing of the project's is written through", async () => {
    const cwd = folderWith({ ...FILES, "old.json": "{}" });
    symlinkSync("old.json", path.join(cwd, "link.json"));
    linkSync(path.join(cwd, "old.json"), path.join(cwd, "hard.json"));
    for (const name of ["link.json", "hard.json"]) {
      // oxlint-disable-next-line no-await-in-loop -- one folder
      await run(["test", "dependencies", "--sbom", name], { cwd });
      expect(readFileSync(path.join(cwd, "old.json"), "utf8")).toContain("CycloneDX");
      writeFileSync(path.join(cwd, "old.json"), "{}");
    }
  });

  it("two things do not go to one place", async () => {
    const words = ["contract", "dependencies", "--sbom", "new.json", "--format", "json", "--output", "new.json"];
    const { code, err } = await run(["test", ...words], { cwd: folderWith(FILES) });
    expect([code, err]).toEqual([2, expect.stringContaining("--sbom: new.json is what --output is written to")]);
  });

  it("what an earlier run wrote is written again", async () => {
    const cwd = folderWith(FILES);
    const words = ["contract", "--format", "json", "--output", "r.json"];
    const [first, second] = [await run(["test", ...words], { cwd }), await run(["test", ...words], { cwd })];
    expect([first.err, second.err]).toEqual(["written: r.json\n", "written: r.json\n"]);
  });
});

describe("an option of a test that is not asked for", () => {
  it.each([
    ["--sbom", ["contract", "--sbom", "bom.json"], "dependencies"],
    ["--fix", ["secrets", "--fix"], "contract"],
  ])("%s is not passed over in silence", async (option, words, kind) => {
    const { code, out, err } = await run(["test", ...words], { cwd: folderWith(FILES) });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(`${option} does nothing here: \`test ${kind}\` is not asked for`);
  });
});

describe("a test file that is missing or not in order", () => {
  it.each([
    ["nowhere.yaml", "dynamic", /nowhere\.yaml cannot be read/],
    ["nowhere.yaml", "contract", /nowhere\.yaml cannot be read/],
    ["faulty.yaml", "dynamic", /faulty\.yaml:1:8: .*unknown key "strat"/],
  ])("%s: %s says so, and blames no configuration", async (file, kind, message) => {
    const cwd = folderWith({ ...FILES, "faulty.yaml": "api: { strat: x }\n" });
    const { code, out, err } = await run(["test", kind, "--tests", file], { cwd });
    expect([code, out]).toEqual([2, expect.stringContaining(`${kind} tests: ${file} is not in order\n`)]);
    expect(err).toMatch(message);
    expect(out).not.toContain("portcullis check");
  });
});
