// What the schema expects at a place, in words, and which keys it knows there: read from its JSON Schema.
import { z } from "zod";
import { configurationSchema } from "./schema/portcullis.ts";
import type { KeyPath } from "./source.ts";

export interface SchemaNode {
  readonly type?: string;
  readonly pattern?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | false;
  readonly items?: SchemaNode;
  readonly required?: readonly string[];
  readonly anyOf?: readonly SchemaNode[];
  readonly description?: string;
}

/** The published JSON Schema of the configuration: editors complete and check by it. */
export function configurationJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(configurationSchema, { io: "input" });
  return { $schema, title: "portcullis.yaml", ...schema };
}

let cached: SchemaNode | undefined;

/** All schemas that may apply at a place: more than one where a value may have several forms. */
function schemasAt(at: KeyPath): readonly SchemaNode[] {
  cached ??= configurationJsonSchema() as SchemaNode;
  let nodes: readonly SchemaNode[] = forms(cached);
  for (const key of at) nodes = nodes.flatMap((node) => step(node, key)).flatMap(forms);
  return nodes;
}

/** The keys that a mapping at this place may have by name. */
export function knownKeys(at: KeyPath): string[] {
  return [...new Set(schemasAt(at).flatMap((node) => Object.keys(node.properties ?? {})))];
}

/** The exact texts that a value at this place may be. */
export function knownWords(at: KeyPath): string[] {
  const words = schemasAt(at).flatMap((node) => (node.const === undefined ? (node.enum ?? []) : [node.const]));
  return words.filter((word) => typeof word === "string");
}

/** Whether a number may stand here. */
export function takesNumber(at: KeyPath): boolean {
  return schemasAt(at).some(({ type }) => type === "integer" || type === "number");
}

/** The forms that text at this place may have. */
export function patternsAt(at: KeyPath): RegExp[] {
  return schemasAt(at).flatMap(({ pattern }) => (pattern === undefined ? [] : [new RegExp(pattern)]));
}

/** What may stand here, in words: `"development", "terminated-by-proxy" or a mapping with certificate, key`. */
export function expectedAt(at: KeyPath): string {
  const parts = [...new Set(schemasAt(at).flatMap(wordsFor))];
  if (parts.length <= 1) return parts[0] ?? "something else";
  return `${parts.slice(0, -1).join(", ")} or ${parts.at(-1)}`;
}

/** What the schema says a value at this place is for. */
export function describedAt(at: KeyPath): string | undefined {
  const described = schemasAt(at).find((node) => node.description !== undefined)?.description;
  // An item of a list is for what the list is for.
  return described === undefined && typeof at.at(-1) === "number" ? describedAt(at.slice(0, -1)) : described;
}

function forms(node: SchemaNode): readonly SchemaNode[] {
  if (node.anyOf === undefined) return [node];
  const { description } = node;
  const inner = node.anyOf.flatMap(forms);
  // What is said of all forms together says more than what is said of one.
  return description === undefined ? inner : inner.map((form) => ({ ...form, description }));
}

function step(node: SchemaNode, key: string | number): readonly SchemaNode[] {
  if (typeof key === "number") return node.items === undefined ? [] : [node.items];
  const named = node.properties !== undefined && Object.hasOwn(node.properties, key) ? node.properties[key] : undefined;
  if (named !== undefined) return [named];
  return node.additionalProperties ? [node.additionalProperties] : [];
}

function wordsFor(node: SchemaNode): readonly string[] {
  if (node.const !== undefined) return [JSON.stringify(node.const)];
  if (node.enum !== undefined) return node.enum.map((word) => JSON.stringify(word));
  switch (node.type) {
    case "string":
      return ["text"];
    case "integer":
    case "number":
      return ["a whole number"];
    case "boolean":
      return ["true or false"];
    case "array":
      return ["a list"];
    case "object":
    case undefined:
    default: {
      // What it cannot do without tells a form from the others; the rest is said once that is there.
      const keys = node.required?.length ? node.required : Object.keys(node.properties ?? {});
      return [keys.length === 0 ? "a mapping" : `a mapping with ${keys.join(", ")}`];
    }
  }
}
