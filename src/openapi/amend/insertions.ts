// Finds where additions go into the text of a document, so that comments, order and spelling of the rest stay as they are.
import { isMap, isNode, isScalar, isSeq, type Pair, parseDocument, type YAMLMap, type YAMLSeq } from "yaml";
import { type Addition, Additions } from "./additions.ts";
import { NoPlace } from "./no-place.ts";
import { asFlow, asJson, asYaml, type Entry } from "./rendering.ts";

export interface Insertion {
  readonly offset: number;
  readonly text: string;
}

/** Insertions in the order of the text; NoPlace where one has none. JSON is read as the YAML that it is. */
export function insertionsFor(text: string, isJson: boolean, additions: Additions): Insertion[] | NoPlace {
  const document = parseDocument(text, { merge: true, uniqueKeys: false, logLevel: "silent" });
  const work = new Work(text, isJson, indentOf(document.contents, text));
  try {
    work.place(document.contents, additions);
  } catch (error) {
    if (error instanceof NoPlace) return error;
    throw error;
  }
  return work.insertions.sort((a, b) => a.offset - b.offset);
}

class Work {
  readonly insertions: Insertion[] = [];
  readonly #text: string;
  readonly #isJson: boolean;
  readonly #indent: number;

  constructor(text: string, isJson: boolean, indent: number) {
    this.#text = text;
    this.#isJson = isJson;
    this.#indent = indent;
  }

  place(node: unknown, additions: Additions): void {
    if (isSeq(node)) {
      for (const [key, inner] of additions.members) {
        if (!(inner instanceof Additions)) throw new NoPlace(node);
        this.place(node.items[Number(key)], inner);
      }
      if (additions.items.length > 0) this.#insert(node, additions.items);
      return;
    }
    if (!isMap(node) || additions.items.length > 0) throw new NoPlace(node);
    const entries: Entry[] = [];
    for (const [key, inner] of additions.members) {
      const pair = node.items.find((item) => String(isScalar(item.key) ? item.key.value : item.key) === key);
      if (pair === undefined) entries.push({ key, added: inner });
      else if (inner instanceof Additions) this.place(pair.value, inner);
      else throw new NoPlace(pair.value ?? pair.key);
    }
    if (entries.length > 0) this.#insert(node, entries);
  }

  #insert(node: YAMLMap | YAMLSeq, entries: readonly (Entry | Addition)[]): void {
    const all = entries.map((entry) => ("added" in entry ? entry : { key: undefined, added: entry }));
    if (node.flow === true) this.#insertFlow(node, all);
    else this.#insertBlock(node, all);
  }

  #insertBlock(node: YAMLMap | YAMLSeq, entries: readonly Entry[]): void {
    const column = this.#columnOf(startOf(node));
    const end = endOf(node);
    const text = asYaml(entries, this.#indent, " ".repeat(column));
    // A block text ends behind its line break; everything else on its line, maybe with a comment behind it.
    if (this.#text[end - 1] === "\n") {
      this.insertions.push({ offset: end, text: this.#lines(text) });
      return;
    }
    const lineBreak = this.#text.indexOf("\n", end);
    if (lineBreak >= 0) this.insertions.push({ offset: lineBreak + 1, text: this.#lines(text) });
    else this.insertions.push({ offset: this.#text.length, text: this.#lines(`\n${text}`) });
  }

  #insertFlow(node: YAMLMap | YAMLSeq, entries: readonly Entry[]): void {
    const [start, end] = node.range ?? [0, 0];
    const last = node.items.at(-1);
    const isSpread = this.#text.slice(start, end).includes("\n");
    if (last === undefined || !isSpread) {
      const text = entries.map((entry) => asFlow(entry, this.#isJson)).join(", ");
      const closing = this.#text.slice(start, end - 1).trimEnd().length + start;
      const isTight = closing === end - 1;
      const alone = isTight ? ` ${text} ` : ` ${text}`;
      this.insertions.push({ offset: closing, text: last === undefined ? alone : `, ${text}` });
      return;
    }
    const line = this.#text.slice(this.#text.lastIndexOf("\n", startOf(last)) + 1, startOf(last));
    const before = /^\s*/.exec(line)?.[0] ?? "";
    const text = entries.map((entry) => `,\n${asJson(entry, this.#indent, before)}`).join("");
    this.insertions.push({ offset: endOf(last), text: this.#lines(text) });
  }

  #columnOf(offset: number): number {
    return offset - (this.#text.lastIndexOf("\n", offset - 1) + 1);
  }

  #lines(text: string): string {
    return this.#text.includes("\r\n") ? text.replaceAll("\n", "\r\n") : text;
  }
}

function startOf(node: unknown): number {
  if (isNode(node)) return node.range?.[0] ?? 0;
  return startOf((node as Pair).key);
}

/** Where the last thing in it ends, without comments and blank lines behind that. */
function endOf(node: unknown): number {
  if ((isMap(node) || isSeq(node)) && node.flow !== true) {
    const last = node.items.at(-1);
    if (last !== undefined) return endOf(last);
  }
  if (isNode(node)) return node.range?.[1] ?? 0;
  const { key, value } = node as Pair;
  return value === null || value === undefined ? endOf(key) : endOf(value);
}

const INDENT_DEFAULT = 2;

/** By how much the first nested mapping stands further in. */
function indentOf(root: unknown, text: string): number {
  if (!isMap(root)) return INDENT_DEFAULT;
  const column = (offset: number) => offset - (text.lastIndexOf("\n", offset - 1) + 1);
  for (const { key, value } of root.items) {
    if (!isMap(value) || value.items.length === 0) continue;
    const by = column(startOf(value.items[0])) - column(startOf(key));
    const isOwnLine = text.slice(startOf(key), startOf(value.items[0])).includes("\n");
    if (isOwnLine && by > 0 && by <= 8) return by;
  }
  return INDENT_DEFAULT;
}
