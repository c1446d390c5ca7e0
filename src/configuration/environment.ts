// Puts values of the environment where a configuration file says ${NAME}. `$${` stays `${`.
import { type Document, isPair, isScalar, isSeq, type Node, visit } from "yaml";
import type { Position, Problem } from "../openapi/located.ts";
import { nearest } from "./did-you-mean.ts";
import { takesNumber } from "./schema-words.ts";
import type { KeyPath } from "./source.ts";

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}|$)/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Substitutes in every value (never in keys). Missing names become problems. The result: the scalars that were changed. */
export function substitute(
  document: Document,
  env: Readonly<Record<string, string | undefined>>,
  place: (offset: number | undefined) => Position,
  problems: Problem[],
): Set<Node> {
  const changed = new Set<Node>();
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === "key" || typeof node.value !== "string" || !node.value.includes("${")) return;
      let found = false;
      const text = node.value.replaceAll(REFERENCE, (all, name: string | undefined, end: string | undefined) => {
        if (all === "$${") return "${";
        found = true;
        const value = end === "}" && NAME.test(name ?? "") ? env[name as string] : undefined;
        if (value === undefined) problems.push(missing(name ?? "", end === "}", env, place(node.range?.[0])));
        return value ?? "";
      });
      // The environment holds only texts: digits are a number where the schema takes one, quoted or not.
      const isNumber = found && /^(0|[1-9][0-9]{0,14})$/.test(text) && takesNumber(keyPathOf(node, ancestors));
      node.value = isNumber ? Number(text) : text;
      if (found) changed.add(node);
    },
  });
  return changed;
}

function keyPathOf(node: Node, ancestors: readonly unknown[]): KeyPath {
  const path: (string | number)[] = [];
  ancestors.forEach((ancestor, i) => {
    const next = ancestors[i + 1] ?? node;
    if (isPair(ancestor)) path.push(String(isScalar(ancestor.key) ? ancestor.key.value : ancestor.key));
    else if (isSeq(ancestor)) path.push(ancestor.items.indexOf(next));
  });
  return path;
}

function missing(
  name: string,
  closed: boolean,
  env: Readonly<Record<string, string | undefined>>,
  position: Position,
): Problem {
  const error = { severity: "error" as const, position };
  if (!closed || !NAME.test(name)) {
    return {
      ...error,
      rule: "configuration.environment-syntax",
      message: "`${` begins the name of an environment variable, and this is none",
      remedy: "Write ${NAME} with letters, digits and underscores, or $${ for the characters themselves.",
    };
  }
  const near = nearest(name, Object.keys(env));
  return {
    ...error,
    rule: "configuration.environment-missing",
    message: `the environment variable ${name} is not set`,
    remedy:
      near === undefined ? `Set ${name} before the start.` : `Set ${name} before the start. Did you mean ${near}?`,
  };
}
