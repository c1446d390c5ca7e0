// Runs Semgrep with the rules that come with Portcullis, offline; files that did not change since are not read again.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { asList, asObject, asText } from "../dependencies/inventory.ts";
import { makeFolder } from "../making-folders.ts";
import { RULES } from "../registry.ts";
import type { FolderContext } from "../tester.ts";
import type { Weakness } from "./weakness.ts";

/** Beside `src` and beside `dist`. */
const RULES_FOLDER = fileURLToPath(new URL("../../../integrations/semgrep/rules", import.meta.url));
const OUTPUT_BYTES_MAX = 512 * 1024 * 1024;
const FILES_AT_ONCE = 400;
const FLAGS = [
  "scan",
  "--config",
  RULES_FOLDER,
  "--metrics",
  "off",
  "--disable-version-check",
  "--json",
  "--quiet",
  "--no-git-ignore",
  "--timeout",
  "20",
];

export interface SemgrepRun {
  readonly weaknesses: readonly Weakness[];
  /** Files that it did not read, or not to their end, with what it said. */
  readonly unread: readonly { readonly file: string; readonly why: string }[];
}

/** It cannot be started, or answers what cannot be understood. */
export class SemgrepError extends Error {}

interface Known {
  readonly weaknesses: readonly Omit<Weakness, "file">[];
}

/** Undefined: there is no such program. */
export async function semgrepVersion(program: string, context: FolderContext): Promise<string | undefined> {
  const said = await semgrep(program, ["--version", "--disable-version-check"], context).catch(() => undefined);
  return said?.trim().split("\n").at(-1);
}

export async function runSemgrep(
  program: string,
  version: string,
  texts: ReadonlyMap<string, string>,
  context: FolderContext,
): Promise<SemgrepRun> {
  const cacheFile = path.join(cacheFolder(context.env), `${await keyOf(version)}.json`);
  const cache = new Map(Object.entries(asObject(JSON.parse(await readFile(cacheFile, "utf8").catch(() => "{}")))));
  const digests = new Map([...texts].map(([file, text]) => [file, digestOf(path.extname(file), text)]));
  const weaknesses: Weakness[] = [];
  const unread: { file: string; why: string }[] = [];
  const missing: string[] = [];
  for (const [file, digest] of digests) {
    const known = cache.get(digest) as Known | undefined;
    if (known === undefined) missing.push(file);
    else weaknesses.push(...known.weaknesses.map((weakness) => ({ ...weakness, file })));
  }
  for (let at = 0; at < missing.length; at += FILES_AT_ONCE) {
    const files = missing.slice(at, at + FILES_AT_ONCE);
    // oxlint-disable-next-line no-await-in-loop -- it uses every core by itself
    const report = asObject(JSON.parse(await semgrep(program, [...FLAGS, "--", ...files], context)));
    const found = asList(report["results"]).map(asObject).flatMap(weaknessOf);
    const failed = new Map(asList(report["errors"]).map(asObject).flatMap(failureOf));
    const scanned = new Set(asList(asObject(report["paths"])["scanned"]).map(String));
    for (const file of files) {
      const own = found.filter((weakness) => weakness.file === file);
      weaknesses.push(...own);
      const why = failed.get(file) ?? (scanned.has(file) ? undefined : "Semgrep did not read it");
      if (why !== undefined) unread.push({ file, why });
      else cache.set(digests.get(file) as string, { weaknesses: own });
    }
  }
  // What no file has any more is forgotten.
  const current = new Set(digests.values());
  const kept = Object.fromEntries([...cache].filter(([digest]) => current.has(digest)));
  await keep(cacheFile, JSON.stringify(kept));
  return { weaknesses, unread };
}

async function keep(file: string, text: string): Promise<void> {
  try {
    await makeFolder(path.dirname(file));
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  } catch {
    // The next run takes as long as this one, and that is all.
  }
}

function weaknessOf(result: Readonly<Record<string, unknown>>): readonly Weakness[] {
  const [start, end] = [asObject(result["start"]), asObject(result["end"])];
  const rule = asText(asObject(asObject(result["extra"])["metadata"])["portcullis"]) ?? "";
  if (!RULES.has(rule)) throw new SemgrepError(`its rule ${String(result["check_id"])} is not one of ours`);
  const file = asText(result["path"]) ?? "";
  const [line, column] = [Number(start["line"]), Number(start["col"])];
  return [{ rule, file, line, column, endLine: Number(end["line"]), confidence: "firm", source: "semgrep" }];
}

function failureOf(error: Readonly<Record<string, unknown>>): readonly (readonly [string, string])[] {
  const file = asText(error["path"]);
  if (error["level"] !== "error" && error["level"] !== "warn") return [];
  const why = /^.*/.exec(asText(error["message"]) ?? "it failed")?.[0] ?? "";
  if (file === undefined) throw new SemgrepError(why);
  return [[file, why]];
}

function semgrep(program: string, words: readonly string[], { cwd, env, signal }: FolderContext): Promise<string> {
  const quiet = { ...env, SEMGREP_SEND_METRICS: "off", SEMGREP_ENABLE_VERSION_CHECK: "0" };
  const options = { cwd, env: quiet, signal, maxBuffer: OUTPUT_BYTES_MAX };
  return new Promise((resolve, reject) => {
    execFile(program, words, options, (error, stdout, stderr) => {
      // 1 is what it says where it found something.
      if (error === null || (error.code === 1 && stdout.startsWith("{"))) resolve(stdout);
      else reject(new SemgrepError(stderr.trim().split("\n").at(-1) || error.message));
    });
  });
}

function cacheFolder(env: FolderContext["env"]): string {
  const caches = env["XDG_CACHE_HOME"] ?? path.join(env["HOME"] ?? os.homedir(), ".cache");
  return path.join(caches, "portcullis", "semgrep");
}

/** Another version or other rules find other things. */
async function keyOf(version: string): Promise<string> {
  const names = (await readdir(RULES_FOLDER)).sort();
  const rules = await Promise.all(names.map((name) => readFile(path.join(RULES_FOLDER, name), "utf8")));
  return digestOf(version, ...rules);
}

function digestOf(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}
