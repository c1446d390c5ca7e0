// Guards the tools that are run: really, where they are installed (OSV_SCANNER_BIN, GITLEAKS_BIN, see CONTRIBUTING.md), and npm's own beside a registry of ours.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { run } from "../../cli/running.ts";
import { folderWith } from "../../configuration/folder.ts";
import { MANIFEST, readLock, zipOfAdvisories } from "../dependencies/shop.ts";
import type { Reported } from "./reports.ts";

const [OSV, GITLEAKS] = [process.env["OSV_SCANNER_BIN"], process.env["GITLEAKS_BIN"]];
const MINUTE_MS = 60_000;
/** No settings of the user, and none of the `npm test` around. */
const ENV = { PATH: process.env["PATH"], HOME: "/nonexistent" };

interface Report {
  readonly findings: readonly Reported[];
  readonly untested: readonly { readonly what: string; readonly why: string; readonly isExpected: boolean }[];
}
const tested = async (cwd: string, args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}) => {
  const ran = await run(["test", ...args, "--format", "json"], { cwd, env: { ...ENV, ...env } });
  if (!ran.out.startsWith("{")) throw new Error(ran.err);
  const { findings, untested } = JSON.parse(ran.out) as Report;
  return { code: ran.code, out: ran.out, findings, gaps: untested.filter(({ isExpected }) => !isExpected) };
};
const shop = (): string =>
  folderWith({ "package.json": MANIFEST, "package-lock.json": readLock("package-lock-3.json") });

/** A program that says and does what a test wants. */
function fake(cwd: string, name: string, script: string): string {
  const file = path.join(cwd, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe.skipIf(OSV === undefined)("osv-scanner (skipped because OSV_SCANNER_BIN names none)", () => {
  const withDatabase = (): string => {
    const cwd = shop();
    writeFileSync(path.join(cwd, "all.zip"), zipOfAdvisories());
    return cwd;
  };

  it("finds what we find on one database, and each is told once", { timeout: MINUTE_MS }, async () => {
    const args = ["dependencies", "--db", "all.zip", "--with", `osv-scanner=${OSV}`];
    const { findings, gaps } = await tested(withDatabase(), args);
    expect(gaps).toEqual([]);
    const vulnerable = findings.filter(({ rule }) => !rule.endsWith("install-script"));
    expect(vulnerable).toHaveLength(5);
    expect(vulnerable.map(({ sources }) => sources.join())).toEqual(
      Array.from({ length: 5 }, () => "portcullis,osv-scanner"),
    );
  });

  it("stands in alone", { timeout: MINUTE_MS }, async () => {
    const { findings, gaps } = await tested(withDatabase(), [
      "scanners",
      "--db",
      "all.zip",
      "--with",
      `osv-scanner=${OSV}`,
    ]);
    expect([findings.length, gaps.length]).toEqual([5, 0]);
  });

  it("is not believed where it has no database", { timeout: MINUTE_MS }, async () => {
    const { code, gaps } = await tested(shop(), ["scanners", "--db", "nowhere.zip", "--with", `osv-scanner=${OSV}`]);
    expect(code).toBe(2);
    expect(gaps).toMatchObject([
      { what: "1 lock file by osv-scanner", why: expect.stringMatching(/there is no .*nowhere/) },
    ]);
  });

  it("has nothing to say where nothing is installed", { timeout: MINUTE_MS }, async () => {
    const cwd = folderWith({ "package-lock.json": '{"lockfileVersion":3,"packages":{"":{}}}' });
    writeFileSync(path.join(cwd, "all.zip"), zipOfAdvisories());
    const { code, gaps } = await tested(cwd, ["scanners", "--db", "all.zip", "--with", `osv-scanner=${OSV}`]);
    expect([code, gaps]).toEqual([0, []]);
  });
});

describe("npm audit", () => {
  const ADVISORY = {
    id: 900001,
    url: "https://github.com/advisories/GHSA-0000-test-0001",
    title: "Prototype pollution",
    severity: "high",
    vulnerable_versions: "<4.17.21",
    cwe: ["CWE-1321"],
    cvss: { score: 7.4, vectorString: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:H/A:H" },
  };

  /** As npm's registry takes it: packages with their versions, compressed; and refuses all else. */
  const registry = async (advisories: object): Promise<string> => {
    const server = createServer((request, response) => {
      void request.toArray().then((chunks) => {
        const isQuestion =
          request.method === "POST" &&
          request.url === "/-/npm/v1/security/advisories/bulk" &&
          request.headers["content-encoding"] === "gzip";
        const asked = isQuestion
          ? (JSON.parse(gunzipSync(Buffer.concat(chunks as Buffer[])).toString()) as object)
          : {};
        response.writeHead("lodash" in asked ? 200 : 404, { "content-type": "application/json" });
        response.end(JSON.stringify("lodash" in asked ? advisories : {}));
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  };
  const env = (url: string) => ({
    npm_config_registry: url,
    npm_config_cache: path.join(folderWith({}), "npm"),
    npm_config_fetch_retries: "0",
    npm_config_update_notifier: "false",
  });

  it("is run in each folder with a lock file of npm", { timeout: MINUTE_MS }, async () => {
    const cwd = shop();
    mkdirSync(path.join(cwd, "web"));
    writeFileSync(path.join(cwd, "web/package.json"), MANIFEST);
    writeFileSync(path.join(cwd, "web/package-lock.json"), readLock("package-lock-3.json"));
    const { findings, gaps } = await tested(
      cwd,
      ["scanners", "--with", "npm-audit"],
      env(await registry({ lodash: [ADVISORY] })),
    );
    expect(gaps).toEqual([]);
    expect(findings.map(({ rule, places }) => `${rule} ${places[0]?.file}`)).toEqual([
      "dependencies.npm-audit.GHSA-0000-test-0001 package-lock.json",
      "dependencies.npm-audit.GHSA-0000-test-0001 web/package-lock.json",
    ]);
    expect(findings[0]?.message).toBe("lodash 4.17.15 has GHSA-0000-test-0001: Prototype pollution.");
  });

  it("finds nothing where the registry knows of nothing", { timeout: MINUTE_MS }, async () => {
    const { code, findings, gaps } = await tested(shop(), ["scanners", "--with", "npm-audit"], env(await registry({})));
    expect([code, findings.length, gaps.length]).toEqual([0, 0, 0]);
  });

  it("is not believed where the registry does not answer", { timeout: MINUTE_MS }, async () => {
    const { code, gaps } = await tested(shop(), ["scanners", "--with", "npm-audit"], env("http://127.0.0.1:1/"));
    expect(code).toBe(2);
    expect(gaps).toMatchObject([
      { what: "package-lock.json by npm audit", why: expect.stringMatching(/npm audit failed/) },
    ]);
  });

  it("stands in for a database that we do not have, and only then", { timeout: MINUTE_MS }, async () => {
    const known = env(await registry({}));
    const cache = { XDG_CACHE_HOME: folderWith({}) };
    const alone = await tested(shop(), ["dependencies"], cache);
    expect(alone.gaps.map(({ what }) => what)).toEqual([expect.stringMatching(/^known vulnerabilities/)]);
    const beside = await tested(shop(), ["dependencies", "--with", "npm-audit"], { ...known, ...cache });
    expect(beside.gaps).toEqual([]);
    const named = await tested(shop(), ["dependencies", "--with", "npm-audit", "--db", "nowhere"], {
      ...known,
      ...cache,
    });
    expect(named.gaps).toHaveLength(1);
  });
});

describe.skipIf(GITLEAKS === undefined)("gitleaks (skipped because GITLEAKS_BIN names none)", () => {
  // Put together here: a scanner that reads this file should find nothing.
  const TOKEN = ["ghp", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"].join("_");
  const git = (cwd: string, ...words: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...words], { cwd, stdio: "ignore" });
  const repository = (files: Readonly<Record<string, string>>): string => {
    const cwd = folderWith(files);
    git(cwd, "init");
    git(cwd, "add", "-A");
    git(cwd, "commit", "-m", "all");
    return cwd;
  };

  it(
    "reads files and history, and joins what we found; the secret is shown nowhere",
    { timeout: MINUTE_MS },
    async () => {
      const cwd = repository({
        "conf.yaml": `token: "${TOKEN}"\n`,
        "old.yaml": `token: "${TOKEN.replace("a1", "z9")}"\n`,
      });
      writeFileSync(path.join(cwd, "old.yaml"), "token: none\n");
      git(cwd, "commit", "-am", "gone");
      const { findings, gaps, out } = await tested(cwd, ["secrets", "--with", `gitleaks=${GITLEAKS}`]);
      expect(gaps).toEqual([]);
      expect(findings.map(({ places, sources }) => `${places[0]?.file} ${sources.join()}`).sort()).toEqual([
        "conf.yaml secretlint,gitleaks",
        "old.yaml secretlint,gitleaks",
      ]);
      expect(out).not.toContain(TOKEN.slice(4, 20));
      expect(out).not.toContain(TOKEN.slice(8));
    },
  );

  it(
    "leaves out what does not belong to the project, and history where that is asked",
    { timeout: MINUTE_MS },
    async () => {
      const cwd = repository({ ".gitignore": "local.yaml\n", "old.yaml": `token: "${TOKEN}"\n` });
      writeFileSync(path.join(cwd, "old.yaml"), "token: none\n");
      writeFileSync(path.join(cwd, "local.yaml"), `token: "${TOKEN}"\n`);
      const { findings } = await tested(cwd, ["scanners", "--no-history", "--with", `gitleaks=${GITLEAKS}`]);
      expect(findings).toEqual([]);
    },
  );

  it("is not believed where it fails", { timeout: MINUTE_MS }, async () => {
    const cwd = folderWith({ ".gitleaks.toml": "this is = = no toml\n" });
    const { code, gaps } = await tested(cwd, ["scanners", "--with", `gitleaks=${GITLEAKS}`]);
    expect([code, gaps.length]).toEqual([2, 1]);
  });
});

describe("what stands in the way", () => {
  it.each(["osv-scanner", "npm-audit", "gitleaks"])(
    "%s that is not there is said, with the way to get it",
    async (name) => {
      const { code, gaps } = await tested(shop(), ["scanners", "--with", `${name}=/nowhere/it`]);
      expect(code).toBe(2);
      expect(gaps).toMatchObject([
        { what: `what ${name} finds`, why: expect.stringMatching(/cannot be run; install it \(/) },
      ]);
    },
  );

  it.each([
    ["says nothing and fails", "exit 127"],
    ["answers what is no JSON", "echo oops"],
    ["answers another thing", `echo '{"results":[{"x":1}]}'`],
    ["reads none of the files", `echo '{"results":[],"experimental_config":{}}'`],
  ])("a tool that %s is not believed", async (_, script) => {
    const cwd = shop();
    writeFileSync(path.join(cwd, "all.zip"), zipOfAdvisories());
    const program = fake(cwd, "tool", script);
    const { code, gaps } = await tested(cwd, ["scanners", "--db", "all.zip", "--with", `osv-scanner=${program}`]);
    expect([code, gaps.length]).toEqual([2, 1]);
  });

  it("a tool in place of gitleaks that says nothing is not believed: it says an empty list where it finds nothing", async () => {
    const cwd = folderWith({ "a.txt": "a\n" });
    const { code, gaps } = await tested(cwd, ["scanners", "--with", "gitleaks=/bin/true"]);
    expect([code, gaps]).toMatchObject([2, [{ why: expect.stringMatching(/said nothing/) }]]);
    const empty = fake(cwd, "tool", "echo '[]'");
    expect((await tested(cwd, ["scanners", "--with", `gitleaks=${empty}`])).code).toBe(0);
  });

  it("a tool that nobody knows stops the run before it begins", async () => {
    const { code, err } = await run(["test", "scanners", "--with", "gitleak"], { cwd: folderWith({}) });
    expect(code).toBe(2);
    expect(err).toMatch(/--with gitleak is none of osv-scanner, npm-audit, gitleaks.*gitleaks/s);
  });

  it("names of files that are options or have colons are names of files", async () => {
    const cwd = folderWith({ "-L:x/package-lock.json": readLock("package-lock-3.json") });
    writeFileSync(path.join(cwd, "all.zip"), zipOfAdvisories());
    const program = fake(cwd, "tool", `printf '%s\\n' "$@" > '${cwd}/words'; exit 127`);
    await tested(cwd, ["scanners", "--db", "all.zip", "--with", `osv-scanner=${program}`]);
    expect(execFileSync("tail", ["-1", path.join(cwd, "words")], { encoding: "utf8" })).toBe(
      `:${cwd}/-L:x/package-lock.json\n`,
    );
  });
});
