// Walks every schema that an operation uses, once, and says of each where it stands in a request or an answer.
import type { DocumentSet } from "../../openapi/document.ts";
import type { Located } from "../../openapi/located.ts";
import type { MediaType, Operation } from "../../openapi/operation.ts";
import { isObject } from "../../openapi/pointer.ts";

export type Schema = Readonly<Record<string, unknown>>;

/** A schema in its place. */
export interface Placed {
  readonly at: Located<Schema>;
  /** Its own keywords, with those of the schemas that must hold beside it. */
  readonly effective: Schema;
  readonly direction: "request" | "answer";
  /** `query limit`, `body /items/*\/name`, `answer 200 /total` */
  readonly label: string;
  readonly operation: Operation;
  /** The name of the property or parameter that has it. */
  readonly name: string;
  /** One of several that must hold together: what closes an object would close it for the others. */
  readonly isPart: boolean;
}

const DEPTH_MAX = 40;
const PARTS_DEPTH_MAX = 6;

/** Requests come first: a schema that both use is looked at as what callers send. */
export function* placedSchemas(set: DocumentSet, operations: readonly Operation[]): Generator<Placed> {
  const walk = new Walk(set);
  for (const operation of operations) {
    for (const parameter of operation.parameters) {
      const schema = parameter.schema ?? parameter.content?.schema;
      const label = `${parameter.in} ${parameter.name}`;
      if (schema !== undefined)
        yield* walk.from(schema, { operation, direction: "request", label, name: parameter.name });
    }
    for (const schema of schemasOf(operation.requestBody?.content ?? []))
      yield* walk.from(schema, { operation, direction: "request", label: "body ", name: "" });
  }
  for (const operation of operations) {
    for (const { status, content, headers } of operation.responses) {
      const label = `answer ${status} `;
      for (const schema of schemasOf(content))
        yield* walk.from(schema, { operation, direction: "answer", label, name: "" });
      for (const [name, schema] of headers)
        yield* walk.from(schema, { operation, direction: "answer", label: `${label}${name}`, name });
    }
  }
}

function schemasOf(content: readonly MediaType[]): Located[] {
  return content.flatMap(({ schema }) => (schema === undefined ? [] : [schema]));
}

type Start = Pick<Placed, "operation" | "direction" | "label" | "name">;

class Walk {
  readonly #set: DocumentSet;
  readonly #seen = new Set<string>();

  constructor(set: DocumentSet) {
    this.#set = set;
  }

  *from(start: Located, as: Start, beside: Schema = {}, isPart = false, depth = 0): Generator<Placed> {
    if (!isObject(start.value) || depth > DEPTH_MAX) return;
    const own = start as Located<Schema>;
    const isReference = typeof own.value["$ref"] === "string";
    const siblings = isReference && this.#set.version !== "3.0" ? without(own.value, "$ref") : {};
    const node = isReference ? this.#set.follow(start) : start;
    if (!isObject(node.value)) return;
    const at = node as Located<Schema>;
    const effective = { ...beside, ...siblings, ...this.#held(at, 0) };
    // In another company of constraints it is another case; as part of an answer it is none where requests have it.
    const key = `${at.file}#${at.pointer} ${isPart} ${constraints({ ...beside, ...siblings })}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const isReadOnly = effective["readOnly"] === true;
    const here: Start = isReadOnly ? { ...as, direction: "answer" } : as;
    yield { ...here, at, effective, isPart };
    yield* this.#below(at, here, effective, depth + 1);
  }

  *#below(at: Located<Schema>, as: Start, effective: Schema, depth: number): Generator<Placed> {
    const { value } = at;
    if (isObject(value["properties"])) {
      for (const name of Object.keys(value["properties"])) {
        const label = `${as.label}/${name}`;
        yield* this.from(this.#set.child(at, "properties", name), { ...as, label, name }, {}, false, depth);
      }
    }
    for (const keyword of ["items", "additionalProperties", "unevaluatedProperties", "contains", "then", "else"]) {
      const isSame = keyword === "then" || keyword === "else";
      const next = { ...as, label: isSame ? as.label : `${as.label}/*` };
      yield* this.from(this.#set.child(at, keyword), next, isSame ? effective : {}, isSame, depth);
    }
    if (isObject(value["patternProperties"]))
      for (const name of Object.keys(value["patternProperties"]))
        yield* this.from(
          this.#set.child(at, "patternProperties", name),
          { ...as, label: `${as.label}/*` },
          {},
          false,
          depth,
        );
    for (const keyword of ["allOf", "anyOf", "oneOf", "prefixItems"]) {
      const list = value[keyword];
      if (!Array.isArray(list)) continue;
      const isItem = keyword === "prefixItems";
      const beside = isItem ? {} : without(effective, "properties", "allOf", "anyOf", "oneOf", "items");
      const isPart = keyword === "allOf" || (!isItem && isObject(value["properties"]));
      for (const [i] of list.entries()) {
        const next = isItem ? { ...as, label: `${as.label}/${i}` } : as;
        yield* this.from(this.#set.child(at, keyword, i), next, beside, isPart, depth);
      }
    }
  }

  /** The schema's keywords and those of all that `allOf` adds to it. */
  #held(at: Located<Schema>, depth: number): Schema {
    const parts = at.value["allOf"];
    if (!Array.isArray(parts) || depth > PARTS_DEPTH_MAX) return at.value;
    const held = parts.map((_, i) => {
      const part = this.#set.follow(this.#set.child(at, "allOf", i));
      return isObject(part.value) ? this.#held(part as Located<Schema>, depth + 1) : {};
    });
    return Object.assign({}, ...held, at.value) as Schema;
  }
}

function without(schema: Schema, ...names: readonly string[]): Schema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !names.includes(name)));
}

const CONSTRAINTS = [
  "enum",
  "const",
  "format",
  "pattern",
  "maxLength",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "maxItems",
  "maxProperties",
  "additionalProperties",
  "unevaluatedProperties",
];

function constraints(schema: Schema): string {
  return CONSTRAINTS.filter((name) => schema[name] !== undefined).join();
}

/** The types that a value of it may have; empty where it does not say. */
export function typesOf(schema: Schema): readonly string[] {
  const { type } = schema as { type?: unknown };
  if (typeof type === "string") return [type];
  return Array.isArray(type) ? type.filter((one) => typeof one === "string") : [];
}
