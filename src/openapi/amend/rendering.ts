// Writes additions in the style of the text around them: block YAML with comments, YAML in one line, or JSON.
import { Document, isCollection, type Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { type Addition, Additions, withAdditions } from "./additions.ts";

/** A member, or an item where it has no key. */
export interface Entry {
  readonly key: string | undefined;
  readonly added: Additions | Addition;
}

/** JSON has no comments: there they stand in a member of this name. */
const COMMENT_MEMBER = "x-portcullis-proposed";

/** Lines that end with a line break, each behind `margin`. */
export function asYaml(entries: readonly Entry[], indent: number, margin: string): string {
  const document = new Document();
  const isList = entries[0]?.key === undefined;
  const root = isList ? new YAMLSeq() : new YAMLMap();
  for (const { key, added } of entries) put(document, root, key, added);
  document.contents = root;
  const text = document.toString({ indent, lineWidth: 0 });
  return text.replaceAll(/^(?=.)/gm, margin);
}

function put(document: Document, root: YAMLMap | YAMLSeq, key: string | undefined, added: Additions | Addition): void {
  const value = nodeOf(document, added);
  const comment = added instanceof Additions ? undefined : added.comment;
  const commented = comment === undefined ? undefined : ` ${comment.replaceAll("\n", "\n ")}`;
  if (key === undefined) {
    if (commented !== undefined) value.commentBefore = commented;
    (root as YAMLSeq).items.push(value);
    return;
  }
  const name = new Scalar(key);
  // As documents have it: a status without quotes would be a number.
  if (/^\d/.test(key)) name.type = Scalar.QUOTE_DOUBLE;
  if (commented !== undefined) name.commentBefore = commented;
  (root as YAMLMap).items.push(new Pair(name, value));
}

function nodeOf(document: Document, added: Additions | Addition): Node {
  if (!(added instanceof Additions)) {
    const node = document.createNode(added.value, { aliasDuplicateObjects: false }) as Node;
    quoteStatuses(node);
    return node;
  }
  const root = added.items.length > 0 ? new YAMLSeq() : new YAMLMap();
  for (const item of added.items) put(document, root, undefined, item);
  for (const [key, inner] of added.members) put(document, root, key, inner);
  return root;
}

function quoteStatuses(node: unknown): void {
  if (!isCollection(node)) return;
  for (const item of node.items) {
    if (!(item instanceof Pair)) {
      quoteStatuses(item);
      continue;
    }
    if (item.key instanceof Scalar && /^\d/.test(String(item.key.value))) item.key.type = Scalar.QUOTE_DOUBLE;
    quoteStatuses(item.value);
  }
}

/** `"key": { … }` over several lines, each behind `margin`, without a line break at the end. */
export function asJson({ key, added }: Entry, indent: number, margin: string): string {
  const text = JSON.stringify(jsonValue(added), undefined, indent);
  const whole = key === undefined ? text : `${JSON.stringify(key)}: ${text}`;
  return whole.replaceAll(/^/gm, margin);
}

/** `key: { … }` in one line. */
export function asFlow({ key, added }: Entry, isJson: boolean): string {
  if (isJson) return asJson({ key, added }, 0, "").replaceAll("\n", " ");
  const value = withAdditions(undefined, added);
  const document = new Document(key === undefined ? [value] : { [key]: value }, { aliasDuplicateObjects: false });
  quoteStatuses(document.contents);
  (document.contents as YAMLMap).flow = true;
  // Without the brackets around it, and in one line whatever its length.
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: true, collectionStyle: "flow" });
  return text
    .trim()
    .slice(1, -1)
    .trim()
    .replaceAll(/\s*\n\s*/g, " ");
}

/** The value as JSON has it, with its comments as members. */
function jsonValue(added: Additions | Addition): unknown {
  if (!(added instanceof Additions)) {
    const { value, comment } = added;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject && comment !== undefined ? { ...value, [COMMENT_MEMBER]: comment } : value;
  }
  if (added.items.length > 0) return added.items.map(jsonValue);
  return Object.fromEntries([...added.members].map(([key, inner]) => [key, jsonValue(inner)]));
}

/** The additions with comments where JSON has them, to compare a text with. */
export function jsonAdditions(additions: Additions): Additions {
  const copy = new Additions();
  for (const item of additions.items) copy.items.push({ value: jsonValue(item), comment: undefined });
  for (const [key, inner] of additions.members) {
    copy.members.set(
      key,
      inner instanceof Additions ? jsonAdditions(inner) : { value: jsonValue(inner), comment: undefined },
    );
  }
  return copy;
}
