// Loads the configuration: a file, an object or only flags, through one schema. All mistakes at once, each with its place.
import { access, readFile } from "node:fs/promises";
import path from "node:path";
import type { z } from "zod";
import { type Position, type Problem, ProblemsError } from "../openapi/located.ts";
import { issueProblems } from "./issues.ts";
import { whyUnreadable } from "./error-code.ts";
import { Resolving } from "./resolve/resolving.ts";
import { resolveSettings } from "./resolve/settings.ts";
import { configurationSchema } from "./schema/portcullis.ts";
import type { Configuration, Settings } from "./settings.ts";
import { type ConfigurationSource, type Flag, type KeyPath, isWritten, objectSource, withFlags } from "./source.ts";
import { yamlSource } from "./yaml-source.ts";

/** Where a configuration is looked for when none is named. */
const FILE_NAMES: readonly string[] = ["portcullis.yaml", "portcullis.yml"];

export interface LoadOptions {
  /** The configuration file, as the user named it. */
  readonly file?: string | undefined;
  /** The same as an object, in code. `${NAME}` means nothing there. */
  readonly object?: Configuration | undefined;
  readonly flags?: readonly Flag[];
  /** Every guard in monitor. */
  readonly observe?: boolean;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How files are read: this one and those that hold secrets. Default: from the working folder, as UTF-8. */
  readonly readText?: (file: string) => Promise<string>;
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** The file that was read, where one was. */
  readonly file: string | undefined;
  readonly warnings: readonly Problem[];
  /** Where a value stands, or the nearest thing above it that does. */
  position(at: KeyPath, of?: "key" | "value"): Position;
  /** Whether somebody wrote it: false for what is a default. */
  isWritten(at: KeyPath): boolean;
}

/** Throws ProblemsError with everything that is wrong. */
export async function loadSettings(options: LoadOptions): Promise<LoadedSettings> {
  return loadFrom(withFlags(await readSource(options), options.flags ?? [], options.cwd), options);
}

/** What the source says, of which nothing is read again. */
export async function loadFrom(source: ConfigurationSource, options: LoadOptions): Promise<LoadedSettings> {
  const file = options.file;
  const resolving = new Resolving(source, options.cwd, readerOf(options));
  const judged = configurationSchema.safeParse(source.value);
  if (!judged.success) {
    const rest = configurationSchema.safeParse(withoutBroken(source.value, judged.error.issues));
    if (rest.success) await resolveSettings(rest.data, options.observe ?? false, resolving);
    throw new ProblemsError(
      allProblems(source, [...issueProblems(judged.error.issues, source), ...resolving.problems]),
    );
  }
  const settings = await resolveSettings(judged.data, options.observe ?? false, resolving);
  const problems = allProblems(source, resolving.problems);
  if (problems.some((problem) => problem.severity === "error")) throw new ProblemsError(problems);
  return {
    settings,
    file,
    warnings: problems,
    position: (at, of = "value") => source.position(at, of),
    isWritten: (at) => isWritten(source.value, at),
  };
}

/** With the sections left out in which something has not its shape: what the others mean can still be judged. */
function withoutBroken(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const broken = new Set(
    issues.flatMap(({ path: at, ...issue }) => (at.length === 0 ? ("keys" in issue ? issue.keys : []) : [at[0]])),
  );
  const sound = Object.entries(value as object).filter(([key]) => !broken.has(key));
  return { openapi: "openapi.yaml", ...Object.fromEntries(sound) };
}

/** In the order of the file. What follows from a missing name of the environment is not said beside it. */
function allProblems(source: ConfigurationSource, found: readonly Problem[]): Problem[] {
  const missing = new Set(source.problems.map(({ position }) => position?.line));
  const own = found.filter(({ position }) => position === undefined || !missing.has(position.line));
  return [...source.problems, ...own].sort((a, b) => (a.position?.line ?? 0) - (b.position?.line ?? 0));
}

/** The configuration file of a folder, where there is one. */
export async function findConfiguration(cwd: string): Promise<string | undefined> {
  for (const name of FILE_NAMES) {
    const found = await access(path.join(cwd, name)).then(
      () => true,
      () => false,
    );
    if (found) return name;
  }
  return undefined;
}

/** Of this file and of those that hold secrets. */
export function readerOf({ readText, cwd }: LoadOptions): (file: string) => Promise<string> {
  return readText ?? ((file) => readFile(path.resolve(cwd, file), "utf8"));
}

/** Throws ProblemsError where it cannot be read, or is no YAML. */
export async function readSource(options: LoadOptions): Promise<ConfigurationSource> {
  const { file, object, cwd, env } = options;
  if (file === undefined) return objectSource(object ?? {}, cwd);
  let text: string;
  try {
    text = await readerOf(options)(file);
  } catch (error) {
    const remedy = "Name the file with --config, or write one with `portcullis init`.";
    const message = `the configuration ${file} cannot be read: ${whyUnreadable(error)}`;
    throw new ProblemsError([
      { severity: "error", rule: "configuration.file-unreadable", message, remedy, position: undefined },
    ]);
  }
  return yamlSource(file, text, env, cwd);
}
