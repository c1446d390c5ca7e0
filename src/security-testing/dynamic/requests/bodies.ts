// Bodies: what the document gives as examples, else made; and how each media type writes one.
import type { DocumentSet } from "../../../openapi/document.ts";
import { readEncoding } from "../../../openapi/body-encoding.ts";
import type { Located } from "../../../openapi/located.ts";
import type { MediaType, Operation, Parameter } from "../../../openapi/operation.ts";
import { isObject } from "../../../openapi/pointer.ts";
import { multipartFields } from "../../../validation/index.ts";
import { examplesAt } from "./examples.ts";
import { type Known, NOTHING, type SampleValues } from "./sample-values.ts";
import { queryPairs, textOf } from "./writing.ts";

export interface Body {
  readonly value: unknown;
  readonly mediaType: string;
}

type Kind = "json" | "form" | "multipart" | "text" | "bytes";

/** JSON first: most is known of what it says. */
const ORDER: readonly Kind[] = ["json", "form", "multipart", "text", "bytes"];

function kindOf(mediaType: string): Kind {
  const essence = mediaType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (essence === "*/*" || essence === "application/*" || /[/+]json$/.test(essence)) return "json";
  if (essence === "application/x-www-form-urlencoded") return "form";
  if (essence.startsWith("multipart/")) return "multipart";
  return essence.startsWith("text/") || /[/+]xml$/.test(essence) ? "text" : "bytes";
}

/** Undefined: the operation takes none. NOTHING: it must have one, and none could be made. */
export function sampleBody(
  operation: Operation,
  set: DocumentSet,
  values: SampleValues,
  known: Known,
  isWhole = false,
): Body | undefined | typeof NOTHING {
  const { requestBody } = operation;
  if (requestBody === undefined) return undefined;
  const rank = ({ name }: MediaType) => ORDER.indexOf(kindOf(name));
  for (const media of requestBody.content.toSorted((a, b) => rank(a) - rank(b))) {
    const value = valueFor(media, operation, set, values, known, isWhole);
    if (value !== NOTHING) return { value, mediaType: concrete(media.name) };
  }
  return requestBody.required ? NOTHING : undefined;
}

function valueFor(
  media: MediaType,
  operation: Operation,
  set: DocumentSet,
  values: SampleValues,
  known: Known,
  isWhole: boolean,
): unknown {
  const kind = kindOf(media.name);
  const isText = kind === "text" || kind === "bytes";
  for (const example of examplesAt(mediaAt(operation, media.name, set), set)) {
    if (isText && typeof example === "string") return example;
    if (!isText && values.fits(media.schema, example)) return kind === "json" ? asJson(example) : example;
  }
  if (isText) {
    const made = values.sample(media.schema, known);
    return typeof made === "string" ? made : /xml/.test(media.name) ? "<test/>" : "test";
  }
  if (kind !== "json" && media.schema === undefined) return {};
  const made =
    media.schema === undefined
      ? {}
      : isWhole
        ? values.sampleWhole(media.schema, known)
        : values.sample(media.schema, known);
  return kind === "json" && made !== NOTHING ? asJson(made) : made;
}

/** A text is sent as it is: one that is JSON goes in its quotes. */
function asJson(value: unknown): unknown {
  return typeof value === "string" ? JSON.stringify(value) : value;
}

function concrete(name: string): string {
  return name
    .replace(/\/\*\+/, "/vnd.example+")
    .replace(/^(?:\*\/\*|application\/\*)/, "application/json")
    .replace(/^text\/\*/, "text/plain")
    .replace(/^image\/\*/, "image/png")
    .replace(/^([a-z]+)\/\*/, "$1/octet-stream");
}

/** The media type object, as the document spells its name. */
export function mediaAt(operation: Operation, name: string, set: DocumentSet): Located | undefined {
  const body = set.follow(set.child(operation.at, "requestBody"));
  const content = set.child(body, "content");
  if (!isObject(content.value)) return undefined;
  const written = Object.keys(content.value).find((one) => one.trim().toLowerCase() === name);
  return written === undefined ? undefined : set.follow(set.child(content, written));
}

export interface WrittenBody {
  readonly body: string | Uint8Array;
  readonly contentType: string;
}

/** Text and bytes go as they are. */
export function writeBody(operation: Operation, body: unknown, mediaType: string, set: DocumentSet): WrittenBody {
  if (typeof body === "string" || body instanceof Uint8Array) return { body, contentType: mediaType };
  const essence = mediaType.split(";")[0]?.trim().toLowerCase() ?? "";
  const media = operation.requestBody?.content.find(({ name }) => name.split(";")[0]?.trim() === essence);
  const kind = kindOf(mediaType);
  if (kind === "form" && isObject(body)) return { body: formText(body, media), contentType: mediaType };
  if (kind === "multipart" && isObject(body)) return multipart(body, media, essence, set);
  return { body: JSON.stringify(body), contentType: mediaType };
}

function formText(body: Readonly<Record<string, unknown>>, media: MediaType | undefined): string {
  const encodings = readEncoding(media?.encoding);
  return Object.entries(body)
    .flatMap(([name, value]) => {
      const encoding = encodings.get(name);
      const isJson = isObject(value) && encoding?.style === undefined;
      const style = encoding?.style ?? "form";
      const parameter = { name, style, explode: encoding?.explode ?? true, content: undefined };
      return queryPairs(parameter as unknown as Parameter, isJson ? JSON.stringify(value) : value);
    })
    .join("&");
}

const BOUNDARY = "portcullis-test-boundary";

function multipart(
  body: Readonly<Record<string, unknown>>,
  media: MediaType | undefined,
  essence: string,
  set: DocumentSet,
): WrittenBody {
  const fields = media?.schema === undefined ? undefined : multipartFields(media.schema, media.encoding, set);
  const parts = Object.entries(body).flatMap(([name, value]) => {
    const field = fields?.get(name) ?? fields?.get("");
    const items = field?.many === true && Array.isArray(value) ? (value as unknown[]) : [value];
    const type = field?.types?.find(({ essence: one }) => !one.includes("*"))?.essence;
    const isFile = field?.kind === "file";
    const head = isFile
      ? `; filename="test.txt"\r\nContent-Type: ${type ?? "application/octet-stream"}`
      : field?.kind === "json" || (type !== undefined && type !== "text/plain")
        ? `\r\nContent-Type: ${type ?? "application/json"}`
        : "";
    const write = (item: unknown) => (field?.kind === "json" ? JSON.stringify(item) : textOf(item));
    const shown = name.replaceAll(
      /["\r\n]/g,
      (one) => `%${one.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`,
    );
    return items.map(
      (item) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${shown}"${head}\r\n\r\n${write(item)}\r\n`,
    );
  });
  return { body: `${parts.join("")}--${BOUNDARY}--\r\n`, contentType: `${essence}; boundary=${BOUNDARY}` };
}
