// Breaks the document that the gate reads: each thing that it asks of callers is asked no more.
import { parse } from "yaml";
import type { Mutant } from "./mutant.ts";

type Node = Record<string, unknown>;
type Path = readonly (string | number)[];

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch"];

/** Keywords that hold callers to something; without one more gets in. */
const BOUNDS = [
  ["type", "enum", "const", "format", "pattern", "minLength", "maxLength", "minimum", "maximum"],
  ["exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems", "required"],
  ["additionalProperties", "minProperties", "maxProperties"],
].flat();

/** Of this document, one for each requirement, scope, and bound of what callers send. */
export function documentMutants(text: string): Mutant[] {
  const document = parse(text) as Node;
  const mutants: Mutant[] = [];
  const add = (name: string, operations: readonly string[] | undefined, change: (copy: Node) => void) =>
    mutants.push({
      name: `document: ${name}`,
      operations,
      document: (original) => {
        const copy = parse(original) as Node;
        change(copy);
        return JSON.stringify(copy);
      },
    });
  for (const [path, item] of Object.entries((document["paths"] ?? {}) as Record<string, Node>)) {
    for (const method of METHODS) {
      const operation = item[method] as Node | undefined;
      if (operation === undefined) continue;
      const id = operation["operationId"] as string;
      const at: Path = ["paths", path, method];
      const security = (operation["security"] ?? document["security"]) as Record<string, string[]>[] | undefined;
      if (security !== undefined && security.length > 0) {
        add(`${id} asks for no credentials`, [id], (copy) => set(copy, [...at, "security"], []));
        for (const [index, alternative] of security.entries())
          for (const [scheme, scopes] of Object.entries(alternative))
            for (const scope of scopes) {
              const others = security.map((one, i) =>
                i === index ? { ...one, [scheme]: scopes.filter((other) => other !== scope) } : one,
              );
              add(`${id} does not ask for ${scope}`, [id], (copy) => set(copy, [...at, "security"], others));
            }
      }
      for (const holder of [operation, item])
        for (const [index, parameter] of ((holder["parameters"] ?? []) as Node[]).entries()) {
          const base: Path = [...(holder === operation ? at : at.slice(0, 2)), "parameters", index];
          const { at: where, node } = followed(document, parameter, base);
          if (node["required"] === true && node["in"] !== "path")
            add(`${id} can do without ${String(node["name"])}`, [id], (copy) =>
              set(copy, [...where, "required"], false),
            );
          bounds(node["schema"], [...where, "schema"], `${id} ${String(node["in"])} ${String(node["name"])}`, [id]);
        }
      const body = operation["requestBody"] as Node | undefined;
      if (body === undefined) continue;
      if (body["required"] === true)
        add(`${id} can do without a body`, [id], (copy) => set(copy, [...at, "requestBody", "required"], false));
      for (const [type, media] of Object.entries((body["content"] ?? {}) as Record<string, Node>))
        bounds(media["schema"], [...at, "requestBody", "content", type, "schema"], `${id} body`, [id]);
    }
  }
  return [...new Map(mutants.map((mutant) => [mutant.name, mutant])).values()];

  function bounds(schema: unknown, at: Path, name: string, operations: readonly string[], depth = 0): void {
    if (typeof schema !== "object" || schema === null || depth > 6) return;
    const { at: where, node } = followed(document, schema as Node, at);
    for (const keyword of BOUNDS) {
      if (!(keyword in node) || (keyword === "additionalProperties" && node[keyword] !== false)) continue;
      // What stays names the type: a bound alone lets every other type in.
      const names = keyword === "required" ? (node[keyword] as string[]) : [undefined];
      for (const one of names)
        add(`${name} without ${keyword}${one === undefined ? "" : ` ${one}`}`, operations, (copy) => {
          const rest = one === undefined ? undefined : names.filter((other) => other !== one);
          set(copy, [...where, keyword], rest);
        });
    }
    for (const [property, inner] of Object.entries((node["properties"] ?? {}) as Record<string, Node>)) {
      if (inner["readOnly"] === true) continue;
      bounds(inner, [...where, "properties", property], `${name} /${property}`, operations, depth + 1);
    }
    bounds(node["items"], [...where, "items"], `${name} /*`, operations, depth + 1);
  }
}

/** Where a reference of the document itself leads. */
function followed(document: Node, node: Node, at: Path): { readonly at: Path; readonly node: Node } {
  const reference = node["$ref"];
  if (typeof reference !== "string") return { at, node };
  const where = reference.slice(2).split("/");
  return { at: where, node: where.reduce<unknown>((held, key) => (held as Node)[key], document) as Node };
}

function set(document: Node, path: Path, value: unknown): void {
  const last = path.at(-1) as string;
  const holder = path.slice(0, -1).reduce<unknown>((held, key) => (held as Node)[key as string], document) as Node;
  if (value === undefined) delete holder[last];
  else holder[last] = value;
}
