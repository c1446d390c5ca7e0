// The name of a finding that stays the same when lines move, identifiers change or the run is repeated.
import { createHash } from "node:crypto";
import { namelessParameter, namelessTemplate } from "./nameless.ts";

/** What is another value at each run, and what stands for it. */
const VOLATILE: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<id>"],
  [/\b\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?/g, "<time>"],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, "<token>"],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{16,}\b/gi, "<id>"],
  [/(?<=:\/\/[^/\s:]+):\d+/g, ""],
  [/(?<=\/)\d+(?=[/?#\s"']|$)/g, "<id>"],
  [/\b\d{4,}\b/g, "<n>"],
];

/**
 * `what` tells two cases of one rule at one parameter apart, in words that the next run would use again. The names of
 * path parameters (in `what`, none must stand) and the operation's id do not count: renaming one makes no new flaw.
 */
export function fingerprintOf(
  rule: string,
  operation: { readonly method: string; readonly template: string } | undefined,
  parameter: string | undefined,
  what: string,
): string {
  const { method = "", template = "" } = operation ?? {};
  const route = operation === undefined ? "" : `${method} ${namelessTemplate(template)}`;
  const parts = [rule, route, namelessParameter(parameter ?? "", template), steady(what)];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

function steady(what: string): string {
  return VOLATILE.reduce((text, [pattern, stand]) => text.replaceAll(pattern, stand), what);
}
