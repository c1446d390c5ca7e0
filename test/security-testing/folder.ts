// A folder to test, the options of a command line, and what a test of files reports about them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import type { Finding, Report, Untested } from "../../src/security-testing/finding.ts";
import type { FolderContext, Tester } from "../../src/security-testing/tester.ts";

/** A folder with these files, gone when the test ends. */
export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "portcullis-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, contents] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), contents);
  }
  return folder;
}

export type Options = Readonly<Record<string, string | true | readonly string[]>>;

export function contextOf(cwd: string, options: Options = {}, env: FolderContext["env"] = {}): FolderContext {
  const all = (name: string): readonly string[] => {
    const value = options[name];
    return value === undefined || value === true ? [] : typeof value === "string" ? [value] : value;
  };
  return {
    cwd,
    env: { ...process.env, XDG_CACHE_HOME: path.join(cwd, ".cache"), ...env },
    signal: new AbortController().signal,
    options: { all, text: (name) => all(name).at(-1), has: (name) => options[name] !== undefined },
  };
}

export interface Outcome {
  readonly findings: readonly Finding[];
  readonly untested: readonly Untested[];
  readonly progress: readonly string[];
}

export async function outcomeOf(tester: Tester<FolderContext>, context: FolderContext): Promise<Outcome> {
  const reports: Report[] = [];
  for await (const report of tester.run(context)) reports.push(report);
  return {
    findings: reports.filter((report): report is Finding => "fingerprint" in report),
    untested: reports.filter((report): report is Untested => "why" in report),
    progress: reports.flatMap((report) => ("progress" in report ? [report.progress.what] : [])),
  };
}
