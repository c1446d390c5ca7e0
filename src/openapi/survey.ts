// One walk over a parsed file: what it refers to, what it names, and that it is a tree of sane size.
import { ProblemsError } from "./located.ts";
import { isObject, pointerTo } from "./pointer.ts";

/** More than ten times GitHub's description of its API (about 500,000 nodes). */
const NODES_MAX = 8_000_000;
const DEPTH_MAX = 256;

export interface Survey {
  /** How many object members there are. */
  readonly members: number;
  /** References that leave the file, each once. Some may stand in examples and mean nothing. */
  readonly outside: ReadonlySet<string>;
  /** Pointers of schemas by `$id` (JSON Schema 2020-12, 8.2.1). */
  readonly identifiers: ReadonlyMap<string, string>;
  /** Pointers of schemas by `$anchor` or `$dynamicAnchor` (8.2.2). A name is unique within a schema resource only. */
  readonly anchors: ReadonlyMap<string, readonly string[]>;
}

/** Walks a value. Throws ProblemsError where it is cyclic, too deep or too large. */
export function survey(file: string, root: unknown): Survey {
  const outside = new Set<string>();
  const identifiers = new Map<string, string>();
  const anchors = new Map<string, readonly string[]>();
  const path: (string | number)[] = [];
  let members = 0;
  let nodes = 0;

  const visit = (value: object): void => {
    nodes += 1;
    if (nodes > NODES_MAX || path.length > DEPTH_MAX) throw tooLarge(file);
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i += 1) {
        const item: unknown = value[i];
        if (typeof item !== "object" || item === null) continue;
        path.push(i);
        visit(item);
        path.pop();
      }
      return;
    }
    const object = value as Record<string, unknown>;
    for (const key of Object.keys(object)) {
      members += 1;
      const member = object[key];
      if (typeof member === "string") {
        if (key === "$ref") note(member);
        else if (key === "$id") identifiers.set(member, path.reduce<string>(pointerTo, ""));
        else if (key === "$anchor" || key === "$dynamicAnchor")
          anchors.set(member, [...(anchors.get(member) ?? []), path.reduce<string>(pointerTo, "")]);
      } else if (typeof member === "object" && member !== null) {
        if (key === "mapping" && isObject(member)) noteMapping(member);
        path.push(key);
        visit(member);
        path.pop();
      }
    }
  };
  const note = (reference: string): void => {
    if (!reference.startsWith("#")) outside.add(reference);
  };
  /** `mapping` of a discriminator holds references too, or bare names of schemas. */
  const noteMapping = (mapping: Record<string, unknown>): void => {
    for (const target of Object.values(mapping)) {
      if (typeof target === "string" && /[/.]/.test(target)) note(target);
    }
  };

  if (typeof root === "object" && root !== null) visit(root);
  return { members, outside, identifiers, anchors };
}

function tooLarge(file: string): ProblemsError {
  return new ProblemsError([
    {
      severity: "error",
      rule: "openapi.document-unbounded",
      message: `${file}: nested more than ${DEPTH_MAX} levels deep or larger than ${NODES_MAX} nodes, as a cycle of YAML aliases would be`,
      remedy: "Write repeated and recursive parts as `$ref`, not as YAML aliases.",
      position: { file, line: 1, column: 1 },
    },
  ]);
}
