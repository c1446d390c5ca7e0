// Reads the `encoding` of form and multipart bodies: by property, the media types and the style of its text (OpenAPI 4.8.15).
import { type MediaType, parseMediaType } from "../http/media-type.ts";
import type { Findings } from "./findings.ts";
import type { Located } from "./located.ts";
import type { ParameterStyle } from "./operation.ts";
import { isObject } from "./pointer.ts";

export interface PropertyEncoding {
  /** Media types and ranges, where it names some. */
  readonly contentTypes: readonly MediaType[] | undefined;
  /** How a query would write it; undefined where nothing is said of style, `explode` or reserved characters. */
  readonly style: ParameterStyle | undefined;
  readonly explode: boolean;
  readonly allowReserved: boolean;
}

const STYLES: readonly ParameterStyle[] = ["form", "spaceDelimited", "pipeDelimited", "deepObject"];

/** By property; `checkEncoding` has told of what is wrong. */
export function readEncoding(encoding: Located | undefined): ReadonlyMap<string, PropertyEncoding> {
  const read = new Map<string, PropertyEncoding>();
  if (!isObject(encoding?.value)) return read;
  for (const [name, one] of Object.entries(encoding.value)) if (isObject(one)) read.set(name, encodingOf(one));
  return read;
}

function encodingOf(one: Record<string, unknown>): PropertyEncoding {
  const styled = ["style", "explode", "allowReserved"].some((key) => one[key] !== undefined);
  const style = styled ? (STYLES.find((candidate) => candidate === one["style"]) ?? "form") : undefined;
  return {
    contentTypes: contentTypesOf(one["contentType"]),
    style,
    explode: typeof one["explode"] === "boolean" ? one["explode"] : style === undefined || style === "form",
    allowReserved: one["allowReserved"] === true,
  };
}

function contentTypesOf(text: unknown): readonly MediaType[] | undefined {
  if (typeof text !== "string") return undefined;
  const types = text.split(",").map((one) => parseMediaType(one.trim()));
  return types.includes(undefined) ? undefined : (types as MediaType[]);
}

/** Tells of an encoding that could not be enforced. `media` names the type that it belongs to. */
export function checkEncoding(findings: Findings, encoding: Located | undefined, media: string): void {
  if (encoding === undefined) return;
  for (const name of findings.members(encoding, '"encoding"')) {
    const node = findings.object(findings.set.child(encoding, name), `the encoding of "${name}"`);
    if (node === undefined) continue;
    const { contentType, style, headers } = node.value;
    if (contentType !== undefined && contentTypesOf(contentType) === undefined) {
      const remedy = "Write one or several, such as image/png, image/*.";
      findings.error("openapi.media-type", node, "this is no list of media types", remedy, "contentType");
    }
    if (style !== undefined && !STYLES.some((known) => known === style)) {
      findings.error(
        "openapi.parameter-style",
        node,
        "this style does not exist here",
        `Choose ${STYLES.join(", ")}.`,
        "style",
      );
    }
    if (!media.startsWith("multipart/")) continue;
    for (const key of ["style", "explode", "allowReserved"]) {
      if (node.value[key] === undefined) continue;
      const remedy = "Leave it out: each item is a part of its own, an object is JSON.";
      findings.warn("openapi.unsupported", node, `"${key}" means nothing in ${media}`, remedy, key);
    }
    if (headers !== undefined) {
      const message = "header fields of parts are not supported: no part may have others than its name and type";
      findings.error("openapi.unsupported", node, message, "Send them as fields of the form.", "headers");
    }
  }
}
