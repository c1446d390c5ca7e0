// A project with vulnerable packages, and what a run over it names.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { zipSync } from "fflate";
import { dependenciesTester } from "../../../src/security-testing/dependencies/dependencies-tester.ts";
import { contextOf, folderOf, type Options, type Outcome, outcomeOf } from "../folder.ts";

const HERE = import.meta.dirname;
export const ADVISORIES = path.join(HERE, "advisories");
export const readLock = (file: string): string => readFileSync(path.join(HERE, "locks", file), "utf8");
export const MANIFEST = JSON.stringify({ name: "shop", version: "1.2.3" });

export function zipOfAdvisories(): Uint8Array {
  const files = readdirSync(ADVISORIES).map((name) => [name, readFileSync(path.join(ADVISORIES, name))] as const);
  return zipSync(Object.fromEntries(files));
}

export function shop(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  return folderOf({
    "package.json": MANIFEST,
    "package-lock.json": readLock("package-lock-3.json"),
    "src/a.ts": 'import debug from "debug";\nimport "node:fs";\nimport x from "./x.ts";\n',
    ...files,
  });
}

export const run = (cwd: string, options: Options = {}): Promise<Outcome> =>
  outcomeOf(dependenciesTester, contextOf(cwd, options));

/** `lodash 4.17.15 GHSA-…` of each vulnerable package. */
export function named(findings: readonly { readonly message: string; readonly rule: string }[]): string[] {
  return findings
    .filter(({ rule }) => rule !== "dependencies.install-script")
    .map(({ message }) => {
      const parts = /^(\S+ [\w.-]+).*? has ([\w-]+)/.exec(message);
      return `${parts?.[1]} ${parts?.[2]}`;
    })
    .sort();
}

export const VULNERABLE = [
  "core-js 3.6.5 MAL-2026-900009",
  "debug 2.6.8 GHSA-0000-test-0003",
  "lodash 4.17.15 CVE-2026-900001",
  "minimist 0.0.8 GHSA-0000-test-0002",
  "mkdirp 0.5.1 GHSA-0000-test-0005",
];
