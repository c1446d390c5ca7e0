// Finds the operation of a request: compiled once, its cost depends on the depth of the path, not on the number of operations.
import { findAmbiguities } from "./ambiguities.ts";
import { parseTemplate, type Segment } from "./path-template.ts";
import type { Route } from "./route.ts";
import { type Leaf, Node } from "./route-tree.ts";
import { plainSpelling } from "./spelling.ts";

export type { Route } from "./route.ts";

export interface Found<T> {
  readonly value: T;
  /** Raw values of the template's parameters, in its order, not decoded. */
  readonly parameters: readonly string[];
}

/** Dots of a last segment at which a format may begin, beside the last one. */
const FORMAT_DOTS_MAX = 8;

const NONE: readonly string[] = Object.freeze([]);

/**
 * How a path finds its template, segment by segment, byte for byte: the literal of that place, else text with parameters (more text first),
 * else a parameter. Where the rest of the path then leads nowhere, the next is tried. A parameter is never empty; a trailing slash counts.
 * The path is found first, the method then (OpenAPI 3.1 4.8.8: concrete before templated): where only the method is wrong, it is 405.
 *
 * A path that takes a parameter or text with parameters where a declared path that comes first would be meant in another spelling (`%61dmin`,
 * `ADMIN`, `admin;v=1`, `admin.`, a trailing slash) finds nothing: an upstream that is lenient about spelling would serve it under the weaker
 * gate. The same for another format of it (`admin.json`), which Rails and Spring serve where `admin` is declared to them.
 */
export class Matcher<T> {
  readonly #root = new Node<T>();
  /** Paths without parameters, found at once. */
  readonly #fixed = new Map<string, { leaf: Leaf<T>; found: Map<string, Found<T>> }>();
  /** Scratch of one look-up. Nothing awaits in between. */
  readonly #values: string[] = [];
  readonly #unused: string[] = [];
  #count = 0;
  #disguised = false;

  /** Throws for templates that `parseTemplate` refuses and for ambiguous routes: who has positions asks `findAmbiguities` first. */
  constructor(routes: readonly Route<T>[]) {
    const ambiguous = findAmbiguities(routes)[0];
    if (ambiguous !== undefined) {
      throw new Error(`Ambiguous routes: ${ambiguous.first.template} and ${ambiguous.second.template}`);
    }
    for (const route of routes) {
      const template = parseTemplate(route.template);
      if ("fault" in template) throw new Error(`The path template ${route.template} ${template.fault}`);
      const node = this.#root.grow(template);
      node.leaf ??= {
        methods: new Map(),
        refusal: { allow: "" },
        endsOpen: endsOpen(template.segments.at(-1)),
      };
      node.leaf.methods.set(route.method, route.value);
      if (template.names.length > 0) continue;
      const path = `/${template.segments.map((segment) => (segment.kind === "literal" ? segment.literal : "")).join("/")}`;
      this.#fixed.set(path, { leaf: node.leaf, found: new Map() });
    }
    this.#root.finish();
    this.#root.eachLeaf(allowMethods);
    for (const { leaf, found } of this.#fixed.values()) {
      for (const [method, value] of leaf.methods) found.set(method, Object.freeze({ value, parameters: NONE }));
    }
  }

  /** The route of a request; `allow` where the path is declared and the method is not; undefined where nothing is. */
  match(method: string, path: string): Found<T> | { readonly allow: string } | undefined {
    const fixed = this.#fixed.get(path);
    if (fixed !== undefined) return fixed.found.get(method) ?? fixed.leaf.refusal;
    if (path.charCodeAt(0) !== 47) return undefined;
    this.#disguised = false;
    const leaf = this.#find(this.#root, path, 1, 0);
    if (leaf === undefined) return undefined;
    const parameters = this.#values.slice(0, this.#count);
    if (leaf.endsOpen && this.#isOtherFormat(path, leaf)) return undefined;
    const value = leaf.methods.get(method);
    if (value === undefined && !leaf.methods.has(method)) return leaf.refusal;
    return { value: value as T, parameters };
  }

  /** Whether the path is another declared one with a format at its end. */
  #isOtherFormat(path: string, leaf: Leaf<T>): boolean {
    const last = path.lastIndexOf(".");
    const start = path.lastIndexOf("/") + 2;
    // Spring's suffixes may have dots themselves (`admin.x.json`): the first ones are tried too, or it would cost length squared.
    let dot = path.indexOf(".", start);
    for (let tries = 0; dot >= 0; tries += 1) {
      const named = path.slice(0, dot);
      const other = this.#fixed.get(named)?.leaf ?? this.#find(this.#root, named, 1, 0);
      if (this.#disguised || (other !== undefined && other !== leaf)) return true;
      dot = tries < FORMAT_DOTS_MAX ? path.indexOf(".", dot + 1) : dot < last ? last : -1;
    }
    return false;
  }

  /** Whether a declared path would be meant if spelling did not count: letter case, encoding, `;v=1`, a trailing slash. */
  resembles(path: string): boolean {
    return path.charCodeAt(0) === 47 && this.#leads(this.#root, path, 1);
  }

  /** Each node is visited at most once, so a look-up never costs more than the part of the tree that fits the path. */
  #find(node: Node<T>, path: string, start: number, count: number): Leaf<T> | undefined {
    if (start > path.length) {
      this.#count = count;
      return node.leaf;
    }
    const slash = path.indexOf("/", start);
    const end = slash < 0 ? path.length : slash;
    const segment = path.slice(start, end);
    const literal = node.literals?.get(segment);
    if (literal !== undefined) {
      const leaf = this.#find(literal, path, end + 1, count);
      if (leaf !== undefined || this.#disguised) return leaf;
    }
    if (segment === "") return undefined;
    const { mixed, parameter } = node;
    if (mixed !== undefined) {
      for (let i = 0; i < mixed.length; i += 1) {
        const child = mixed[i] as (typeof mixed)[number];
        if (child.pattern.read(segment, this.#values, count) !== "one") continue;
        const plain = plainSpelling(segment);
        // What fits only with its `;v=1` may be another operation to an upstream that cuts that off: then all of them count.
        const isOwn = plain === segment || child.plain.read(plain, this.#unused, 0) !== "none";
        if (isOwn) this.#disguised = this.#isDisguise(node, path, plain, end + 1, i);
        else this.#disguised = this.#leads(this.#root, path, 1);
        if (this.#disguised) return undefined;
        const leaf = this.#find(child.node, path, end + 1, count + child.pattern.parameterCount);
        if (leaf !== undefined || this.#disguised) return leaf;
      }
    }
    if (parameter === undefined) return undefined;
    this.#disguised = this.#isDisguise(node, path, plainSpelling(segment), end + 1, mixed?.length ?? 0);
    if (this.#disguised) return undefined;
    this.#values[count] = segment;
    return this.#find(parameter, path, end + 1, count + 1);
  }

  /** Whether a child that comes before the one about to be taken would be reached if spelling did not count. */
  #isDisguise(node: Node<T>, path: string, plain: string, next: number, mixedBefore: number): boolean {
    if (node.plainLiterals === undefined && mixedBefore === 0) return false;
    return this.#reaches(node, path, plain, next, mixedBefore, false);
  }

  #reaches(node: Node<T>, path: string, plain: string, next: number, mixedCount: number, parameter: boolean): boolean {
    const literals = node.plainLiterals?.get(plain);
    if (literals !== undefined) {
      for (const child of literals) if (this.#leads(child, path, next)) return true;
    }
    for (let i = 0; i < mixedCount; i += 1) {
      const child = node.mixed?.[i];
      if (child === undefined || child.plain.read(plain, this.#unused, 0) === "none") continue;
      if (this.#leads(child.node, path, next)) return true;
    }
    return parameter && node.parameter !== undefined && this.#leads(node.parameter, path, next);
  }

  #leads(node: Node<T>, path: string, start: number): boolean {
    if (node.leaf !== undefined && start >= path.length) return true;
    if (start > path.length) return node.literals?.get("")?.leaf !== undefined;
    const slash = path.indexOf("/", start);
    const end = slash < 0 ? path.length : slash;
    const plain = plainSpelling(path.slice(start, end));
    return this.#reaches(node, path, plain, end + 1, node.mixed?.length ?? 0, end > start);
  }
}

function endsOpen(last: Segment | undefined): boolean {
  if (last?.kind === "parameter") return true;
  return last?.kind === "mixed" && last.literals.at(-1) === "" && !last.literals.some((text) => text.includes("."));
}

/** GET answers HEAD too where HEAD is not declared (RFC 9110 9.3.2). */
function allowMethods<T>(leaf: Leaf<T>): void {
  const { methods } = leaf;
  if (methods.has("GET") && !methods.has("HEAD")) methods.set("HEAD", methods.get("GET") as T);
  leaf.refusal = Object.freeze({ allow: [...methods.keys()].sort().join(", ") });
}
