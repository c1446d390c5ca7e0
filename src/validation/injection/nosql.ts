// NoSQL injection (CWE-943): operators of a query language where a value was meant, as names of members or in brackets.
import type { InjectionClass } from "./class.ts";

const OPERATORS = new Set(
  [
    "eq",
    "ne",
    "gt",
    "gte",
    "lt",
    "lte",
    "in",
    "nin",
    "and",
    "or",
    "nor",
    "not",
    "exists",
    "type",
    "expr",
    "jsonschema",
  ].concat(
    [
      "mod",
      "regex",
      "options",
      "text",
      "where",
      "all",
      "elemmatch",
      "size",
      "function",
      "accumulator",
      "lookup",
      "match",
    ],
    ["out", "merge", "set", "unset", "inc", "push", "pull", "rename", "unionwith", "comment", "near", "geowithin"],
  ),
);

/** `$ne` as the name of a member; `$schema` and `$ref` mean something else. */
export function isOperatorName(name: string): boolean {
  return name.startsWith("$") && OPERATORS.has(name.slice(1).toLowerCase());
}

/** `filter[$ne]`, `filter[a][$gt]`, `filter.$ne`: what parsers of queries make such members of. */
export function holdsOperatorName(parameter: string): boolean {
  if (!parameter.includes("$")) return false;
  return parameter.split(/[[\].]/).some(isOperatorName);
}

/** JSON with an operator inside of a text, and scripts for `$where`. */
const MEMBER = /["']?\$([a-z]{2,12})["']?\s?:/gi;
const SCRIPT =
  /['"]\s?[;)}]+\s?(?:return (?:true|1|this)\b|while ?\(|sleep\(|this\.|db\.)|['"]\s?(?:\|\||&&) ?(?:true|this\.|1\b)/i;
const BARE_SCRIPT =
  /^(?:\w+ ?; ?)?(?:return (?:true|this\.|1\b)|this\.\w+ ?[=!<>.]|function ?\(\) ?\{|db\.\w+\.(?:find|drop|insert|remove)\()/i;

/** Without any of these, nothing below can be there. */
const GLANCE = /\$[a-z]|['"]\s*[;)}|&]|\bthis\.|\breturn\s|\bfunction\b|\bdb\./i;

export const NOSQL: InjectionClass = {
  name: "nosql",
  title: "a NoSQL operator",
  needs: "$'\";(",
  charactersMin: 4,
  detects(text) {
    if (!GLANCE.test(text)) return false;
    const spaced = text.replace(/\s+/g, " ");
    for (const [, name] of spaced.matchAll(MEMBER)) if (isOperatorName(`$${name}`)) return true;
    return SCRIPT.test(spaced) || BARE_SCRIPT.test(spaced);
  },
};
