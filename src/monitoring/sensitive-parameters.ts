// Which path parameters carry secrets: their values never reach a record.
import type { Operation } from "../openapi/operation.ts";
import type { Located } from "../openapi/located.ts";

/** What is needed of the document: to follow a reference. */
interface References {
  follow(at: Located): Located;
}

/**
 * Names of the operation's path parameters that the document marks: `format: password`, `writeOnly` or
 * `x-portcullis-sensitive: true`, in the schema (followed through `$ref` and `allOf`) or beside it.
 */
export function sensitiveParameters(operation: Operation, references: References): string[] {
  return operation.parameters
    .filter((parameter) => parameter.in === "path")
    .filter((parameter) => {
      const schema = parameter.schema ?? parameter.content?.schema;
      return (
        member(parameter.at.value, "x-portcullis-sensitive") === true ||
        (schema !== undefined && marked(schema, references, 0))
      );
    })
    .map((parameter) => parameter.name);
}

const DEPTH_MAX = 8;

function marked(at: Located, references: References, depth: number): boolean {
  const schema = references.follow(at);
  if (own(at.value) || own(schema.value)) return true;
  const parts = member(schema.value, "allOf");
  if (!Array.isArray(parts) || depth === DEPTH_MAX) return false;
  return parts.some((value: unknown, index) =>
    marked({ value, file: schema.file, pointer: `${schema.pointer}/allOf/${index}` }, references, depth + 1),
  );
}

function own(schema: unknown): boolean {
  return (
    member(schema, "format") === "password" ||
    member(schema, "writeOnly") === true ||
    member(schema, "x-portcullis-sensitive") === true
  );
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
