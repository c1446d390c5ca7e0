// The tree that routes are compiled into: one node for each place in a path, its children in the order of precedence.
import { MixedPattern } from "./mixed-segment.ts";
import type { PathTemplate, Segment } from "./path-template.ts";
import { foldedSpelling, plainSpelling } from "./spelling.ts";

/** A path that is declared: its methods and what they lead to. */
export interface Leaf<T> {
  readonly methods: Map<string, T>;
  /** `Allow` (RFC 9110 10.2.1) of an answer 405. */
  refusal: { readonly allow: string };
  /** Whether its last segment ends with whatever is sent, and no text in it has a dot: a format is none of its own. */
  readonly endsOpen: boolean;
}

/** A mixed segment below a node; `plain` is its pattern in plain spelling. */
export interface MixedChild<T> {
  readonly pattern: MixedPattern;
  readonly plain: MixedPattern;
  readonly node: Node<T>;
}

export class Node<T> {
  literals: Map<string, Node<T>> | undefined = undefined;
  /** The same children by plain spelling. */
  plainLiterals: Map<string, Node<T>[]> | undefined = undefined;
  mixed: MixedChild<T>[] | undefined = undefined;
  parameter: Node<T> | undefined = undefined;
  leaf: Leaf<T> | undefined = undefined;

  /** The node at the end of a template, made where it is absent. */
  grow(template: PathTemplate): Node<T> {
    // oxlint-disable-next-line typescript/no-this-alias -- the walk begins here
    let node: Node<T> = this;
    for (const segment of template.segments) node = node.#child(segment);
    return node;
  }

  /** Orders and indexes what was grown. */
  finish(): void {
    this.mixed?.sort((a, b) => b.pattern.weight - a.pattern.weight || headLength(b) - headLength(a));
    if (this.literals !== undefined) {
      this.plainLiterals = new Map();
      for (const [literal, node] of this.literals) {
        const plain = plainSpelling(literal);
        const others = this.plainLiterals.get(plain);
        if (others === undefined) this.plainLiterals.set(plain, [node]);
        else others.push(node);
      }
    }
    for (const node of this.literals?.values() ?? []) node.finish();
    for (const child of this.mixed ?? []) child.node.finish();
    this.parameter?.finish();
  }

  /** Visits every declared path of the tree. */
  eachLeaf(visit: (leaf: Leaf<T>) => void): void {
    if (this.leaf !== undefined) visit(this.leaf);
    for (const node of this.literals?.values() ?? []) node.eachLeaf(visit);
    for (const child of this.mixed ?? []) child.node.eachLeaf(visit);
    this.parameter?.eachLeaf(visit);
  }

  #child(segment: Segment): Node<T> {
    if (segment.kind === "parameter") return (this.parameter ??= new Node<T>());
    if (segment.kind === "literal") {
      this.literals ??= new Map();
      let node = this.literals.get(segment.literal);
      if (node === undefined) this.literals.set(segment.literal, (node = new Node<T>()));
      return node;
    }
    this.mixed ??= [];
    const same = this.mixed.find((child) => child.pattern.literals.join("{") === segment.literals.join("{"));
    if (same !== undefined) return same.node;
    const last = segment.literals.length - 1;
    const plain = new MixedPattern(
      segment.literals.map((text, i) => {
        if (text.includes(";")) return text;
        return i === last ? plainSpelling(text) : foldedSpelling(text);
      }),
    );
    const child = { pattern: MixedPattern.of(segment), plain, node: new Node<T>() };
    this.mixed.push(child);
    return child.node;
  }
}

function headLength(child: MixedChild<unknown>): number {
  return (child.pattern.literals[0] as string).length;
}
