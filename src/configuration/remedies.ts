// What to do about a value of a wrong kind, and about text that is no YAML: the slips that people make, each with its sentence.
import type { YAMLError } from "yaml";
import { nearest } from "./did-you-mean.ts";
import { describedAt, expectedAt, knownKeys, knownWords, patternsAt, takesNumber } from "./schema-words.ts";
import type { KeyPath } from "./source.ts";

export function remedyFor(at: KeyPath, value: unknown): string | undefined {
  const parent = at.slice(0, -1);
  const last = String(at.at(-1) ?? "");
  if (at.length === 0) return "Write keys below each other, the first of them `openapi: openapi.yaml`.";
  if (value === null) return "Fill it in, or take the key out.";
  if (typeof value === "string") {
    const word = nearest(value, knownWords(at));
    if (word !== undefined) return `Did you mean "${word}"?`;
    if (takesNumber(at) && /^-?\d+$/.test(value)) return "Write it without quotes.";
  }
  const key = nearest(last, knownKeys(parent));
  if (key !== undefined && key !== last) return `Did you mean the key "${key}"?`;
  // Whatever stands directly under `authentication` is taken for the name of a security scheme.
  if (at.length === 2 && at[0] === "authentication" && knownKeys(["authentication", ""]).includes(last)) {
    return "It belongs below the name of a security scheme of the document: `authentication: { oauth: { issuer: …, audience: … } }`.";
  }
  if (typeof value === "number") {
    const withUnit = [`${value}s`, `${value}KiB`].find((text) => patternsAt(at).some((pattern) => pattern.test(text)));
    if (withUnit !== undefined) return `Write it with its unit, such as ${withUnit}. ${describedAt(at) ?? ""}`.trim();
  }
  if (typeof value === "string" && expectedAt(at) === "a list") {
    return value.includes(",") ? "Write a list: [a, b]." : "Write a list, even of one: [a].";
  }
  if (at.length === 3 && at[0] === "monitoring" && at[1] === "sinks") {
    return "Write console, { file: audit.ndjson }, or a kind of server as a key with its settings below it.";
  }
  return describedAt(at);
}

const NOT_CLOSED = "Something that was opened before is not closed: a quote, a { or a [.";

/** Of the parser's codes, those that say what to do; and the comment of other languages. */
export function yamlRemedy({ code, message }: YAMLError, line: string): string | undefined {
  if (/^\s*(?:\/\/|\/\*)/.test(line)) return "A comment begins with #.";
  if (code === "TAB_AS_INDENT") return "Indent with spaces.";
  if (code === "MISSING_CHAR" || (code === "BAD_INDENT" && / end with a /.test(message))) return NOT_CLOSED;
  if (code === "BAD_INDENT") return "Keys of one mapping stand below each other, items of a list too.";
  return code === "BLOCK_AS_IMPLICIT_KEY" ? "Put text with a colon in it in quotes." : undefined;
}
