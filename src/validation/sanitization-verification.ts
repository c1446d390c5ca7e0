// Finds `x-portcullis-sanitize` where it could not be kept, with line and remedy: what is declared and does nothing would be trusted.
import { type Located, type Problem, ProblemsError } from "../openapi/located.ts";
import type { Operation } from "../openapi/operation.ts";
import { readEncoding } from "../openapi/body-encoding.ts";
import { MediaTable, type DeclaredMedia } from "./body-media.ts";
import { multipartFields } from "./multipart-fields.ts";
import { findMark, findMarkInside } from "./sanitized-places.ts";
import { SANITIZE_MARK, SANITIZE_WORDS } from "./sanitizing.ts";
import type { SchemaSource } from "./schema-source.ts";

/** Values under these are asked, not sent: or nobody could say which of them a text belongs to. */
const NOT_VALUES = ["not", "contains", "propertyNames", "prefixItems", "unevaluatedItems", "unevaluatedProperties"];

/** One schema by itself: known words, on a text, where a value stands. */
export function verifyMark(source: SchemaSource, at: Located): Problem[] {
  const schema = at.value as Record<string, unknown>;
  const problems: Problem[] = [];
  const mark = schema[SANITIZE_MARK];
  if (mark !== undefined) {
    const given: readonly unknown[] = Array.isArray(mark) ? mark : [mark];
    const unknown = given.filter((word) => !SANITIZE_WORDS.some((known) => known === word));
    const list = `Choose from ${SANITIZE_WORDS.join(", ")}.`;
    for (const word of unknown)
      problems.push(problem(source, at, `${JSON.stringify(word)} is no way to sanitize.`, list));
    if (!Array.isArray(mark) && unknown.length === 0) {
      problems.push(problem(source, at, `${SANITIZE_MARK} is not a list.`, `Write it as [${given.join(", ")}].`));
    }
    const { type } = schema;
    if (type !== undefined && type !== "string" && !(Array.isArray(type) && type.includes("string"))) {
      problems.push(problem(source, at, "Only texts are sanitized.", "Move it to the schemas of the strings inside."));
    }
  }
  for (const keyword of NOT_VALUES) {
    const found = schema[keyword] === undefined ? undefined : findMarkInside(source, listed(source, at, keyword));
    if (found === undefined) continue;
    const remedy = "Mark the schema under properties, items or additionalProperties.";
    problems.push(problem(source, found, `What stands under ${keyword} is not sanitized.`, remedy));
  }
  return problems;
}

/** A list of schemas as one that has them all. */
function listed(source: SchemaSource, at: Located, keyword: string): Located {
  const inner = source.child(at, keyword);
  return Array.isArray(inner.value) ? { ...at, value: { [keyword]: inner.value } } : inner;
}

/** The parameters and bodies of an operation: only JSON, forms and plain text are sanitized. */
export function verifySanitization({ parameters, requestBody }: Operation, source: SchemaSource): Problem[] {
  const problems: Problem[] = [];
  for (const parameter of parameters) {
    const schema = parameter.schema ?? parameter.content?.schema;
    const found = schema === undefined ? undefined : findMark(source, schema);
    if (found === undefined) continue;
    const message = `The ${parameter.in} parameter "${parameter.name}" cannot be sanitized: parameters go on as they came.`;
    problems.push(problem(source, found, message, "Narrow it with pattern, enum or maxLength instead."));
  }
  const marked = (requestBody?.content ?? []).filter(
    ({ schema }) => schema !== undefined && findMark(source, schema) !== undefined,
  );
  try {
    for (const media of new MediaTable(marked, source).declared) {
      if (media.schema !== undefined) problems.push(...verifyBody(media, source, media.schema));
    }
  } catch (error) {
    // A reference that leads nowhere is reported where it stands.
    if (!(error instanceof ProblemsError)) throw error;
  }
  return problems;
}

/** The first text of an operation's bodies that is marked; undefined where none is, or a reference leads nowhere. */
export function findSanitized({ requestBody }: Operation, source: SchemaSource): Located | undefined {
  try {
    for (const { schema } of requestBody?.content ?? []) {
      const found = schema === undefined ? undefined : findMark(source, schema);
      if (found !== undefined) return found;
    }
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
  }
  return undefined;
}

function verifyBody(media: DeclaredMedia, source: SchemaSource, schema: Located): Problem[] {
  const problems: Problem[] = [];
  const cannot = (at: Located, what: string, remedy: string): void => {
    problems.push(problem(source, at, `${what} cannot be sanitized.`, remedy));
  };
  const mark = (at: Located): Located => findMark(source, at) ?? at;
  const charset = media.charset ?? "utf-8";
  const isText = media.kind === "text" && (charset === "utf-8" || charset === "us-ascii");
  if (media.kind === "json" || isText || (media.subtype === "*" && media.kind !== "binary")) return problems;
  if (media.kind !== "form" && media.kind !== "multipart") {
    cannot(mark(schema), `A body of ${media.name}`, "Only JSON, forms and plain text in UTF-8 are sanitized.");
    return problems;
  }
  const encodings = readEncoding(media.encoding);
  const files = media.kind === "multipart" ? multipartFields(schema, media.encoding, source) : new Map();
  for (const name of media.shape.properties.keys()) {
    const property = source.child(schema, "properties", name);
    const found = property.value === undefined ? undefined : findMark(source, property);
    if (found === undefined) continue;
    const { style, explode = true } = encodings.get(name) ?? {};
    const isFile = (files.get(name) as { kind: string } | undefined)?.kind.includes("file") === true;
    if (isFile) cannot(found, `The file "${name}"`, "Remove it: only texts are sanitized.");
    else if (media.kind === "form" && style !== undefined && (style !== "form" || !explode))
      cannot(
        found,
        `The field "${name}", written in this style,`,
        "Let it have no style, or style: form with explode.",
      );
  }
  return problems;
}

function problem(source: SchemaSource, at: Located, message: string, remedy: string): Problem {
  return {
    severity: "error",
    rule: "validation.sanitization",
    message,
    remedy,
    position: source.position(at, SANITIZE_MARK),
  };
}
