// Guards the pack of rules for Semgrep, by its own tests, and the run of it. Skipped: needs Semgrep (`pip install semgrep`), on the path or by SEMGREP_BIN.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { RULES } from "../../../src/security-testing/registry.ts";
import { sourceTester } from "../../../src/security-testing/source/source-tester.ts";
import { ROOT } from "../../repository/tree.ts";
import { contextOf, folderOf, type Outcome, outcomeOf } from "../folder.ts";
import { EXAMPLES, marksOf } from "./marks.ts";

const SEMGREP = process.env["SEMGREP_BIN"] ?? "semgrep";
const isMissing = spawnSync(SEMGREP, ["--version", "--disable-version-check"]).status !== 0;
const FOLDER = path.join(ROOT, "integrations/semgrep");
const MINUTE_MS = 60_000;

describe("the pack", () => {
  const ids = ["data-flow.yaml", "misuse.yaml"].flatMap((file) =>
    [...readFileSync(path.join(FOLDER, "rules", file), "utf8").matchAll(/^ {2}- id: (\S+)$/gm)].map(
      (match) => match[1],
    ),
  );

  it("has the rules about source of the registry, and no other", () => {
    const known = [...RULES.values()].filter(({ kind }) => kind === "source").map(({ id }) => id);
    expect(ids.map((id) => `source.${id}`).sort()).toEqual(known.toSorted());
  });

  it("says of each rule which one of ours it is, in SARIF, too", () => {
    const said = ["data-flow.yaml", "misuse.yaml"].flatMap((file) =>
      readFileSync(path.join(FOLDER, "rules", file), "utf8")
        .split(/^ {2}- id: /m)
        .slice(1)
        .filter((text) => {
          const [id] = text.split("\n", 1);
          return text.includes(`portcullis: source.${id},`) && text.includes(`tags: ["portcullis:source.${id}"]`);
        }),
    );
    expect(said).toHaveLength(ids.length);
  });

  it.each(ids)("has true and harmless examples of %s", (id) => {
    const marks = ["data-flow.ts", "data-flow.guards.ts", "data-flow.usual.ts", "misuse.ts", "misuse.usual.ts"]
      .flatMap(marksOf)
      .filter(({ rule }) => rule === `source.${id}`);
    expect(new Set(marks.map(({ isTrue }) => isTrue)).size).toBe(2);
  });
});

describe.skipIf(isMissing)("Semgrep", () => {
  const run = (cwd: string, semgrep = SEMGREP): Promise<Outcome> =>
    outcomeOf(sourceTester, contextOf(cwd, { semgrep }));

  it("finds every true example, and nothing in a harmless one", { timeout: 10 * MINUTE_MS }, () => {
    // A rule that takes longer than five seconds, as on a busy machine, would be left out.
    const own = ["--metrics", "off", "--disable-version-check", "--timeout", "120"];
    const words = ["scan", "--test", "--config", "rules", "tests", ...own];
    const env = { ...process.env, SEMGREP_SEND_METRICS: "off" };
    const said = execFileSync(SEMGREP, words, {
      cwd: FOLDER,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    expect(said).toContain("28/28");
  });

  it(
    "is run once for each state of a file, and its findings join those of ast-grep",
    { timeout: 10 * MINUTE_MS },
    async () => {
      const cwd = folderOf({ "calls.txt": "" });
      copyFileSync(path.join(EXAMPLES, "misuse.ts"), path.join(cwd, "a.ts"));
      // Whatever begins on one line and ends on another is told at one of them.
      const text = readFileSync(path.join(EXAMPLES, "misuse.ts"), "utf8");
      const code = text.replaceAll(/^\s*\/\/.*$/gm, "");
      writeFileSync(path.join(cwd, "spread.ts"), code.replaceAll(/([([{,])\s*(?=\S)/g, "$1\n"));
      writeFileSync(path.join(cwd, "b.ts"), "app.get('/', (req, res) => { res.redirect(req.query.to); });\n");
      const counting = path.join(cwd, "counting");
      writeFileSync(counting, `#!/bin/sh\necho "$@" >> '${cwd}/calls.txt'\nexec '${SEMGREP}' "$@"\n`);
      chmodSync(counting, 0o755);
      const scans = () =>
        readFileSync(path.join(cwd, "calls.txt"), "utf8")
          .split("\n")
          .filter((line) => line.startsWith("scan"));
      const first = await run(cwd, counting);
      expect(first.untested).toEqual([]);
      expect(first.findings).toContainEqual(
        expect.objectContaining({ rule: "source.open-redirect", sources: ["semgrep"] }),
      );
      const byEngine = (engine: string) =>
        new Set(first.findings.filter(({ sources }) => sources.includes(engine)).map(({ fingerprint }) => fingerprint));
      // The verb shows the same finding of both once.
      expect([...byEngine("ast-grep")].filter((print) => !byEngine("semgrep").has(print))).toEqual([]);
      const places = new Map(
        first.findings.map(({ fingerprint, rule, places: [at] }) => [fingerprint, `${rule} ${at?.file}:${at?.line}`]),
      );
      expect(new Set(places.values()).size).toBe(places.size);
      const again = await run(cwd, counting);
      expect(again.findings).toEqual(first.findings);
      expect(scans()).toHaveLength(1);
      writeFileSync(path.join(cwd, "b.ts"), "export {};\n");
      const later = await run(cwd, counting);
      expect(later.findings.map(({ rule }) => rule)).not.toContain("source.open-redirect");
      expect(scans()).toHaveLength(2);
      expect(scans()[1]).toMatch(/-- b\.ts$/);
    },
  );

  it(
    "finds flaws of the sample that a flow within one file shows, and nothing else there",
    { timeout: 10 * MINUTE_MS },
    async () => {
      const { findings } = await outcomeOf(
        sourceTester,
        contextOf(
          path.join(ROOT, "examples/vulnerable-orders"),
          { semgrep: SEMGREP },
          { XDG_CACHE_HOME: folderOf({}) },
        ),
      );
      expect(findings.map(({ rule, places }) => `${rule} ${places[0]?.file}`).sort()).toEqual([
        "source.command-injection operations/tools.ts",
        "source.path-traversal operations/tools.ts",
        "source.request-forgery operations/account.ts",
      ]);
    },
  );

  it("is not believed where it could not read a file", { timeout: 5 * MINUTE_MS }, async () => {
    const { untested } = await run(folderOf({ "a.ts": "const = = ;;; ((\n" }));
    expect(untested).toMatchObject([{ what: "flow of data in a.ts", isExpected: false }]);
  });
});
