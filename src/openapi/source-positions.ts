// Finds line and column of a node in the text of its file. Built only when a message needs one: it is slow on large files.
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document } from "yaml";
import { type ChildOffsets, childOffsets, rootOffset } from "./json-text.ts";

/** Answers where a node stands: the offset of its key in its parent, of the item in a list, of the text for the root. */
export interface SourcePositions {
  offset(keys: readonly string[]): number;
  lineAndColumn(offset: number): { line: number; column: number };
}

/** Positions in JSON text: each container is read once, when first asked for. */
export function jsonPositions(text: string): SourcePositions {
  const known = new Map<number, Map<string, ChildOffsets>>();
  const lines = new LineCounter();
  let counted = false;
  return {
    offset(keys) {
      let container = rootOffset(text);
      let found = container;
      for (const key of keys) {
        let children = known.get(container);
        if (children === undefined) known.set(container, (children = childOffsets(text, container)));
        const child = children.get(key);
        if (child === undefined) return found;
        found = child.key;
        container = child.value;
      }
      return found;
    },
    lineAndColumn(offset) {
      if (!counted) countLines(text, lines);
      counted = true;
      return toPlace(lines, offset);
    },
  };
}

/** Positions in YAML text. What an alias or a merge brought in stands where the nearest written ancestor stands. */
export function yamlPositions(text: string): SourcePositions {
  const lines = new LineCounter();
  let parsed: Document | undefined;
  return {
    offset(keys) {
      parsed ??= parseDocument(text, { lineCounter: lines, uniqueKeys: false, merge: true, logLevel: "silent" });
      let node: unknown = parsed.contents;
      let found = isNode(node) ? (node.range?.[0] ?? 0) : 0;
      for (const key of keys) {
        if (isAlias(node)) node = node.resolve(parsed);
        const child = childOf(node, key);
        if (child === undefined) return found;
        found = child.offset ?? found;
        node = child.node;
      }
      return found;
    },
    lineAndColumn(offset) {
      if (lines.lineStarts.length === 0) countLines(text, lines);
      return toPlace(lines, offset);
    },
  };
}

function childOf(node: unknown, key: string): { node: unknown; offset: number | undefined } | undefined {
  if (isMap(node)) {
    for (const pair of node.items) {
      const name = isScalar(pair.key) ? pair.key.value : pair.key;
      if (String(name) !== key) continue;
      return { node: pair.value, offset: isNode(pair.key) ? pair.key.range?.[0] : undefined };
    }
  }
  if (isSeq(node)) {
    const item = node.items[Number(key)];
    if (item !== undefined) return { node: item, offset: isNode(item) ? item.range?.[0] : undefined };
  }
  return undefined;
}

/** Notes where each line starts. */
export function countLines(text: string, lines: LineCounter): void {
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);
}

function toPlace(lines: LineCounter, offset: number): { line: number; column: number } {
  const place = lines.linePos(offset);
  return place.line === 0 ? { line: 1, column: 1 } : { line: place.line, column: place.col };
}
