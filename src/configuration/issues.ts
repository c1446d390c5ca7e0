// Turns what the schema found wrong into problems with place, expectation and remedy. Values are named only where they are words of ours.
import type { z } from "zod";
import type { Problem } from "../openapi/located.ts";
import { suggestion } from "./did-you-mean.ts";
import { remedyFor } from "./remedies.ts";
import { describedAt, expectedAt, knownKeys } from "./schema-words.ts";
import { type ConfigurationSource, type KeyPath, problemAt } from "./source.ts";

type Issue = z.core.$ZodIssue;
type Bound = Extract<Issue, { code: "too_small" | "too_big" }>;

/** All problems of all issues. */
export function issueProblems(issues: readonly Issue[], source: ConfigurationSource): Problem[] {
  return issues.flatMap((issue) => fromIssue(issue, [], source));
}

function fromIssue(issue: Issue, base: KeyPath, source: ConfigurationSource): Problem[] {
  const at = [...base, ...(issue.path as (string | number)[])];
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(key, at, source));
  if (issue.code === "invalid_union") return fromUnion(issue, at, source);
  if (issue.code === "invalid_format") {
    return [problemAt(source, at, "invalid-value", `${name(at)} must be ${sentence(issue.message)}`, describedAt(at))];
  }
  if (issue.code === "too_small" || issue.code === "too_big") {
    return [problemAt(source, at, "out-of-range", `${name(at)} must be ${bound(issue)}`, describedAt(at))];
  }
  return [unexpected(at, source)];
}

function unknownKey(key: string, at: KeyPath, source: ConfigurationSource): Problem {
  const where = at.length === 0 ? "at the top" : `in ${name(at)}`;
  const message = `unknown key ${JSON.stringify(key)} ${where}`;
  return problemAt(source, [...at, key], "unknown-key", message, suggestion(key, knownKeys(at)), "key");
}

/** Of several forms, the one that the value has by its type is what was meant. */
function fromUnion(
  issue: Extract<Issue, { code: "invalid_union" }>,
  at: KeyPath,
  source: ConfigurationSource,
): Problem[] {
  const meant = issue.errors.filter((branch) => branch.every((one) => one.path.length > 0 || !isTypeIssue(one)));
  const [best] = [...meant].sort((a, b) => a.length - b.length);
  if (best === undefined) return [unexpected(at, source)];
  return best.flatMap((one) => fromIssue(one, at, source));
}

function isTypeIssue(issue: Issue): boolean {
  return issue.code === "invalid_type" || issue.code === "invalid_value" || issue.code === "invalid_union";
}

function unexpected(at: KeyPath, source: ConfigurationSource): Problem {
  const value = valueAt(source.value, at);
  if (value === undefined) return missing(at, source);
  return problemAt(
    source,
    at,
    "unexpected-value",
    `${name(at)}: expected ${expectedAt(at)}, found ${kindOf(value)}`,
    remedyFor(at, value),
  );
}

function missing(at: KeyPath, source: ConfigurationSource): Problem {
  const parent = at.slice(0, -1);
  const where = parent.length === 0 ? "" : ` in ${name(parent)}`;
  const remedy =
    at.length === 1 && at[0] === "openapi"
      ? "Name the OpenAPI document: `openapi: openapi.yaml`, or --openapi."
      : `Add \`${String(at.at(-1))}\`. ${describedAt(at) ?? ""}`.trim();
  return problemAt(source, parent, "missing-key", `${String(at.at(-1))} is missing${where}`, remedy);
}

function bound(issue: Bound): string {
  const limit = issue.code === "too_small" ? issue.minimum : issue.maximum;
  const side = issue.code === "too_small" ? "at least" : "at most";
  if (issue.origin === "string") return limit === 1 ? "text that is not empty" : `text of ${side} ${limit} characters`;
  if (issue.origin === "array") return limit === 1 ? "a list that is not empty" : `a list of ${side} ${limit}`;
  return `${side} ${limit}`;
}

function sentence(message: string): string {
  return message.startsWith("Invalid") ? "in another form" : message;
}

/** `rateLimiting[0].window`, as people write it. */
export function name(at: KeyPath): string {
  if (at.length === 0) return "the configuration";
  let text = "";
  for (const key of at) {
    if (typeof key === "number") text += `[${key}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(key)) text += text === "" ? key : `.${key}`;
    else text += `[${JSON.stringify(key)}]`;
  }
  return text;
}

function kindOf(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return "other text";
  if (typeof value === "boolean") return value ? "true" : "false";
  return "a number";
}

function valueAt(value: unknown, at: KeyPath): unknown {
  let node = value;
  for (const key of at) {
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, key)) return undefined;
    node = (node as Record<string | number, unknown>)[key];
  }
  return node;
}
