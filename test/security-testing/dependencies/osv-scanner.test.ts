// Guards the equality with osv-scanner: the same lock files and the same database give the same findings.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asList, asObject } from "../../../src/security-testing/dependencies/inventory.ts";
import { folderOf } from "../folder.ts";
import { ADVISORIES, MANIFEST, named, readLock, run, zipOfAdvisories } from "./shop.ts";

const SCANNER = process.env["OSV_SCANNER_BIN"];

describe.skipIf(SCANNER === undefined)("osv-scanner (skipped: needs OSV_SCANNER_BIN, see CONTRIBUTING.md)", () => {
  let theirs: readonly string[];
  let cwd: string;
  beforeAll(() => {
    cwd = folderOfAll();
    const words = ["scan", "source", "--offline-vulnerabilities", "--format", "json"];
    const locks = ["package-lock.json", "pnpm-lock.yaml", "yarn.lock"].flatMap((file) => ["-L", path.join(cwd, file)]);
    const env = { ...process.env, OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY: cwd };
    theirs = theirFindings(scanned(SCANNER as string, [...words, ...locks], env));
  });

  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  it.each(["package-lock-3.json", "pnpm-lock-9.yaml", "yarn-4.lock"])("finds the same by %s", async (file) => {
    const { findings } = await run(folderOf({ "package.json": MANIFEST, [file]: readLock(file) }), {
      db: ADVISORIES,
      lockfile: file,
    });
    expect(named(findings)).toEqual(theirs);
  });
});

/** Its database is where it looks for it. */
function folderOfAll(): string {
  const cwd = mkdtempSync(path.join(os.tmpdir(), "portcullis-osv-"));
  mkdirSync(path.join(cwd, "osv-scalibr/npm"), { recursive: true });
  const files = {
    "package-lock.json": readLock("package-lock-3.json"),
    "pnpm-lock.yaml": readLock("pnpm-lock-9.yaml"),
    "yarn.lock": readLock("yarn-4.lock"),
    "osv-scalibr/npm/all.zip": zipOfAdvisories(),
  };
  for (const [name, contents] of Object.entries(files)) writeFileSync(path.join(cwd, name), contents);
  return cwd;
}

/** It exits with 1 where it finds something. */
function scanned(program: string, words: readonly string[], env: NodeJS.ProcessEnv): string {
  try {
    return execFileSync(program, words, { env, encoding: "utf8" });
  } catch (error) {
    return (error as { readonly stdout: string }).stdout;
  }
}

function theirFindings(text: string): readonly string[] {
  const found = asList(asObject(JSON.parse(text))["results"])
    .map(asObject)
    .flatMap((result) => asList(result["packages"]).map(asObject))
    .flatMap((entry) => {
      const { name, version } = asObject(entry["package"]);
      return asList(entry["groups"])
        .map(asObject)
        .map((group) => `${String(name)} ${String(version)} ${(asList(group["ids"]) as string[]).toSorted()[0]}`);
    });
  return [...new Set(found)].sort();
}
