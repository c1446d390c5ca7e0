// Why the text of a document cannot take an addition where it belongs, and on which line.
import { isAlias, isNode } from "yaml";

/** There is no place in the text for it: an alias, a key without value, something other than what the value says. */
export class NoPlace extends Error {
  /** Where in the text; undefined where nothing stands there. */
  readonly offset: number | undefined;

  constructor(node: unknown) {
    super(why(node));
    this.offset = isNode(node) ? node.range?.[0] : undefined;
  }
}

function why(node: unknown): string {
  if (isAlias(node))
    return `*${node.source} stands there, and what is added to it would be added everywhere it is used`;
  return "what stands there is no place for a member: a value, a key without one, or what is merged in from elsewhere";
}
