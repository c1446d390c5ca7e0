// Reads `portcullis-test.yaml`: all mistakes at once, each at its line.
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { z } from "zod";
import { suggestion } from "../../../configuration/did-you-mean.ts";
import { whyUnreadable } from "../../../configuration/error-code.ts";
import { problemAt } from "../../../configuration/source.ts";
import type { ConfigurationSource, KeyPath } from "../../../configuration/source.ts";
import { yamlSource } from "../../../configuration/yaml-source.ts";
import { type Problem, ProblemsError } from "../../../openapi/located.ts";
import { isObject } from "../../../openapi/pointer.ts";
import { testFileJsonSchema, testFileSchema, type WrittenTestFile } from "./schema.ts";

const KEY = "environment";

/** Where it is looked for, beside the configuration. */
export const TEST_FILE = "portcullis-test.yaml";

export interface TestFile {
  readonly written: WrittenTestFile;
  /** As messages show it; undefined where there is none. */
  readonly file: string | undefined;
  /** Where its commands run. */
  readonly folder: string;
  readonly position: ConfigurationSource["position"];
}

export const NO_TEST_FILE: TestFile = {
  written: {},
  file: undefined,
  folder: ".",
  position: () => ({ file: TEST_FILE, line: 0, column: 0 }),
};

export interface TestFileOptions {
  /** As the user named it; undefined: the one beside the configuration, where there is one. */
  readonly named: string | undefined;
  readonly configuration: string | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Only what the configuration names: what is wrong with the rest is no matter of who asks. Default false. */
  readonly isEnvironmentAlone?: boolean;
}

/** Throws ProblemsError. */
export async function loadTestFile(options: TestFileOptions): Promise<TestFile> {
  const { named, configuration, cwd, env } = options;
  const beside = path.join(configuration === undefined ? "" : path.dirname(configuration), TEST_FILE);
  const file = named ?? beside;
  const folder = path.dirname(path.resolve(cwd, file));
  const text = await readFile(path.resolve(cwd, file), "utf8").catch((error: unknown) => {
    if (named === undefined && (error as { code?: string }).code === "ENOENT") return undefined;
    const message = `${file} cannot be read: ${whyUnreadable(error)}`;
    throw new ProblemsError([
      { severity: "error", rule: "configuration.file-unreadable", message, remedy: undefined, position: undefined },
    ]);
  });
  if (text === undefined) {
    return { ...NO_TEST_FILE, folder };
  }
  const source = yamlSource(file, text, env, cwd);
  if (options.isEnvironmentAlone === true) return { ...NO_TEST_FILE, written: environmentIn(source), file, folder };
  const judged = testFileSchema.safeParse(source.value);
  // What follows from a missing name of the environment is not said beside it.
  const missing = new Set(source.problems.map(({ position }) => position?.line));
  const own = judged.success ? [] : judged.error.issues.flatMap((issue) => problemsOf(issue, [], source));
  const problems = [...source.problems, ...own.filter(({ position }) => !missing.has(position?.line))];
  if (!judged.success || problems.length > 0) throw new ProblemsError(problems);
  return { written: judged.data, file, folder, position: (at, of) => source.position(at, of) };
}

/** A name at the top that nobody knows counts: it may be `environment`, misspelled. */
function environmentIn(source: ConfigurationSource): WrittenTestFile {
  const judged = testFileSchema.safeParse(source.value);
  const issues = judged.success ? [] : judged.error.issues.filter(({ path: [top] }) => (top ?? KEY) === KEY);
  const tops = isObject(source.value) ? Object.keys(source.value) : [];
  const starts = tops.map((top) => source.position([top], "key").line).sort((a, b) => a - b);
  const from = source.position([KEY], "key").line;
  const to = starts.find((line) => line > from) ?? Number.POSITIVE_INFINITY;
  const isOwn = ({ position }: Problem) => position !== undefined && position.line >= from && position.line < to;
  const missing = tops.includes(KEY) ? source.problems.filter(isOwn) : [];
  const problems = [...missing, ...issues.flatMap((issue) => problemsOf(issue, [], source))];
  if (problems.length > 0) throw new ProblemsError(problems);
  const { environment } = source.value as WrittenTestFile;
  return environment === undefined ? {} : { environment };
}

type Issue = z.core.$ZodIssue;

function problemsOf(issue: Issue, base: KeyPath, source: ConfigurationSource): Problem[] {
  const at = [...base, ...(issue.path as (string | number)[])];
  const name = at.length === 0 ? "the file" : at.join(".");
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(at);
    return issue.keys.map((key) =>
      problemAt(source, [...at, key], "unknown-key", `${name}: unknown key "${key}"`, suggestion(key, known), "key"),
    );
  }
  if (issue.code === "invalid_union") {
    // The form of which most fits is the one that was meant.
    const weight = (branch: readonly Issue[]) => branch.reduce((sum, one) => sum + (one.path.length === 0 ? 10 : 1), 0);
    const [best] = [...issue.errors].sort((one, other) => weight(one) - weight(other));
    return (best ?? []).flatMap((one) => problemsOf(one, at, source));
  }
  return [problemAt(source, at, "invalid-value", `${name}: ${sentence(issue)}`, undefined)];
}

function sentence({ code, message }: Issue): string {
  const said = message.replace(/^Invalid input: /, "");
  return code === "invalid_type" ? said.replace(/^expected /, "must be ") : said;
}

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | false;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

/** The keys that a mapping at this place may have. */
function keysAt(at: KeyPath): string[] {
  const forms = (node: Node): readonly Node[] => node.anyOf?.flatMap(forms) ?? [node];
  let nodes = forms(testFileJsonSchema());
  for (const key of at) {
    nodes = nodes
      .flatMap(({ properties, additionalProperties, items }) => {
        if (typeof key === "number") return items ?? [];
        return properties?.[key] ?? (additionalProperties || []);
      })
      .flatMap(forms);
  }
  return [...new Set(nodes.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}
