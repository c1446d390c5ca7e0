// Reads a configuration file: YAML (or JSON, which is YAML), with the place of every key and value.
import path from "node:path";
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { type Position, type Problem, ProblemsError } from "../openapi/located.ts";
import { substitute } from "./environment.ts";
import { yamlRemedy } from "./remedies.ts";
import type { ConfigurationSource, KeyPath } from "./source.ts";

/** Configuration is written by hand: a few hundred lines. Beyond this it is something else. */
const TEXT_LENGTH_MAX = 4 * 1024 * 1024;

/** Reads text. Throws ProblemsError with every syntax error; names that the environment lacks are the source's problems. */
export function yamlSource(
  file: string,
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): ConfigurationSource {
  const lines = new LineCounter();
  const place = (offset: number | undefined): Position => {
    const { line, col } = lines.linePos(offset ?? 0);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (text.length > TEXT_LENGTH_MAX)
    throw new ProblemsError([syntax("this is too large for a configuration", place(0))]);
  const document = parseDocument(text.replace(/^\uFEFF/, ""), {
    lineCounter: lines,
    prettyErrors: false,
    merge: true,
    logLevel: "silent",
  });
  const found = [...document.errors, ...document.warnings];
  // One bracket too few makes an error of each word behind it.
  const broken = found.find(({ code }) => code !== "DUPLICATE_KEY");
  const told = found.filter((error) => error === broken || error.code === "DUPLICATE_KEY");
  const errors = told.map((error) =>
    error.code === "DUPLICATE_KEY"
      ? duplicate(text, error.pos[0], place(error.pos[0]))
      : syntax(
          `this is not valid YAML: ${error.message}`,
          place(error.pos[0]),
          yamlRemedy(error, lineAt(text, error.pos[0])),
        ),
  );
  if (errors.length > 0) throw new ProblemsError(errors);
  const problems: Problem[] = [];
  const substituted: ReadonlySet<Node> = substitute(document, env, place, problems);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch {
    throw new ProblemsError([syntax("its YAML aliases expand without end", place(0))]);
  }
  return {
    value: value ?? {},
    problems,
    position: (at, of) => place(offsetOf(document, at, of)),
    folder: () => path.resolve(cwd, path.dirname(file)),
    fromEnvironment: (at) => {
      const { node } = find(document, at);
      return isScalar(node) && substituted.has(node);
    },
  };
}

function syntax(message: string, position: Position, remedy?: string): Problem {
  return { severity: "error", rule: "configuration.syntax", message, remedy, position };
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", start);
  return text.slice(start, end < 0 ? text.length : end);
}

function duplicate(text: string, offset: number, position: Position): Problem {
  const key = /^[^\s:]+/.exec(text.slice(offset, offset + 80))?.[0] ?? "this key";
  return {
    severity: "error",
    rule: "configuration.duplicate-key",
    message: `${key} is written twice in one mapping`,
    remedy: "Keep one of the two.",
    position,
  };
}

interface Found {
  readonly node: unknown;
  /** Of the key that leads to the node, or of the item. */
  readonly keyOffset: number | undefined;
  readonly complete: boolean;
}

function offsetOf(document: Document, at: KeyPath, of: "key" | "value"): number {
  const found = find(document, at);
  const value = (found.node as { range?: readonly [number, number, number] | null } | null)?.range?.[0];
  if (of === "key" || !found.complete || isMap(found.node) || isSeq(found.node)) return found.keyOffset ?? value ?? 0;
  return value ?? found.keyOffset ?? 0;
}

function find(document: Document, at: KeyPath): Found {
  let node: unknown = document.contents;
  let keyOffset: number | undefined;
  for (const key of at) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === String(key));
      if (pair === undefined) return { node, keyOffset, complete: false };
      keyOffset = (pair.key as Node | null)?.range?.[0] ?? keyOffset;
      node = pair.value;
    } else if (isSeq(node) && typeof key === "number" && node.items[key] !== undefined) {
      node = node.items[key];
      keyOffset = (node as Node | null)?.range?.[0] ?? keyOffset;
    } else {
      return { node, keyOffset, complete: false };
    }
  }
  return { node, keyOffset, complete: true };
}
