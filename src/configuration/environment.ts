// Puts values of the environment where a configuration file says ${NAME}. `$${` stays `${`.
import { type Document, type Node, Scalar, visit } from "yaml";
import type { Position, Problem } from "../openapi/located.ts";
import { nearest } from "./did-you-mean.ts";

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
    Scalar(key, node) {
      if (key === "key" || typeof node.value !== "string" || !node.value.includes("${")) return;
      let found = false;
      const text = node.value.replaceAll(REFERENCE, (all, name: string | undefined, end: string | undefined) => {
        if (all === "$${") return "${";
        found = true;
        const value = end === "}" && NAME.test(name ?? "") ? env[name as string] : undefined;
        if (value === undefined) problems.push(missing(name ?? "", end === "}", env, place(node.range?.[0])));
        return value ?? "";
      });
      // An unquoted ${PORT} is a number where the environment has digits, as it would be if they stood there.
      node.value = found && node.type === Scalar.PLAIN && /^(0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : text;
      if (found) changed.add(node);
    },
  });
  return changed;
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
