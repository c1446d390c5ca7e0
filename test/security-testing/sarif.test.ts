// Guards SARIF against the tool of its authors, with the rules of the format and those of GitHub.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DOCUMENT, OAUTH } from "../configuration/composing.ts";
import { folderWith } from "../configuration/folder.ts";
import { run } from "../cli/running.ts";

const MULTITOOL = process.env["SARIF_MULTITOOL"];

const REPORTS = path.join(import.meta.dirname, "scanners/reports");

function complaints(file: string): readonly string[] {
  const said = execFileSync(MULTITOOL as string, ["validate", file, "--rule-kind", "Sarif;Gh"], {
    encoding: "utf8",
    env: { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: "1" },
  });
  expect(said).toContain("Analysis completed successfully.");
  // The project has no address yet that SARIF2005 could be told.
  return said.split("\n").filter((line) => /: (?:error|warning) (?!SARIF2005)/.test(line));
}

describe.skipIf(MULTITOOL === undefined)("SARIF, by the multitool that SARIF_MULTITOOL names", () => {
  it.each([
    ["with findings", "", DOCUMENT],
    ["with what was not tested", "operations: { nobody: {} }\n", DOCUMENT],
    ["where a file's name has spaces and letters of its own", "", DOCUMENT],
  ])("%s has neither error nor warning", async (name, more, document) => {
    const file = name.startsWith("where") ? "ein Käse.yaml" : "api.yaml";
    const cwd = folderWith({ "portcullis.yaml": `openapi: "${file}"\n${OAUTH}${more}`, [file]: document });
    await run(["test", "contract", "--format", "sarif", "--output", "report.sarif"], { cwd });
    expect(complaints(path.join(cwd, "report.sarif"))).toEqual([]);
  });

  it("with what other tools found, also where they name no place or one outside", async () => {
    const names = readdirSync(REPORTS).filter((name) => name !== "zap-alerts.json");
    const cwd = folderWith(
      Object.fromEntries(names.map((name) => [name, readFileSync(path.join(REPORTS, name), "utf8")])),
    );
    const args = names.flatMap((name) => ["--import", name]);
    await run(["test", "scanners", ...args, "--format", "sarif", "--output", "report.sarif"], { cwd });
    expect(complaints(path.join(cwd, "report.sarif"))).toEqual([]);
  });
});
