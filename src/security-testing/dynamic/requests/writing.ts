// Writes values into a request as the document's styles say: what the gate's readers of parameters take apart.
import { isObject } from "../../../openapi/pointer.ts";
import type { MediaType, Parameter } from "../../../openapi/operation.ts";
import type { Field } from "../wire.ts";

type Written = readonly string[];

/** Text of one value: nothing but objects and lists is more than that. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}

const encoded = (value: unknown): string =>
  // A half of a surrogate pair has no encoding; a dot alone would be a step of the path.
  encodeURIComponent(textOf(value).toWellFormed()).replaceAll(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** The raw segment of the path. */
export function pathText({ name, style, explode, content }: Parameter, value: unknown): string {
  if (content !== undefined) return encoded(contentText(content, value));
  const pieces = piecesOf(value, explode, encoded);
  if (style === "label") return `.${pieces.join(explode ? "." : ",")}`;
  if (style !== "matrix") return pieces.join(",");
  const own = encoded(name);
  if (explode && isObject(value)) return pieces.map((piece) => `;${piece}`).join("");
  if (explode && Array.isArray(value)) return pieces.map((piece) => `;${own}=${piece}`).join("");
  return `;${own}=${pieces.join(",")}`;
}

/** Pairs of the query, encoded. */
export function queryPairs({ name, style, explode, content }: Parameter, value: unknown): Written {
  const own = encoded(name);
  if (content !== undefined) return [`${own}=${encoded(contentText(content, value))}`];
  if (style === "deepObject" && isObject(value)) return deepPairs(own, value);
  if (explode && Array.isArray(value)) return value.map((item) => `${own}=${encoded(item)}`);
  if (explode && isObject(value)) return piecesOf(value, true, encoded);
  const delimiter = style === "spaceDelimited" ? "%20" : style === "pipeDelimited" ? "%7C" : ",";
  return [`${own}=${piecesOf(value, false, encoded).join(delimiter)}`];
}

function deepPairs(prefix: string, value: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const name = `${prefix}%5B${encoded(key)}%5D`;
    if (isObject(inner)) return deepPairs(name, inner);
    return Array.isArray(inner) ? inner.map((item) => `${name}=${encoded(item)}`) : [`${name}=${encoded(inner)}`];
  });
}

export function headerField({ name, explode, content }: Parameter, value: unknown): Field {
  return [name, content === undefined ? piecesOf(value, explode, textOf).join(",") : contentText(content, value)];
}

/** `name=value` pairs of the Cookie field. */
export function cookiePairs({ name, style, explode, content }: Parameter, value: unknown): Written {
  const write = style === "cookie" ? textOf : encoded;
  if (content !== undefined) return [`${name}=${write(contentText(content, value))}`];
  if (explode && Array.isArray(value)) return value.map((item) => `${name}=${write(item)}`);
  if (explode && isObject(value)) return piecesOf(value, true, write);
  return [`${name}=${piecesOf(value, false, write).join(",")}`];
}

/** Parameters described by `content` are JSON, or text as it is. */
function contentText({ name }: MediaType, value: unknown): string {
  return name.includes("json") ? JSON.stringify(value) : textOf(value);
}

function piecesOf(value: unknown, explode: boolean, write: (value: unknown) => string): Written {
  if (Array.isArray(value)) return value.map(write);
  if (!isObject(value)) return [write(value)];
  return Object.entries(value).flatMap(([key, inner]) =>
    explode ? [`${write(key)}=${write(inner)}`] : [write(key), write(inner)],
  );
}
