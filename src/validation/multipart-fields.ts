// What a multipart/form-data body may hold by name: texts, JSON or files, once or several times, of which media types (I09).
import type { MediaType } from "../http/media-type.ts";
import { readEncoding } from "../openapi/body-encoding.ts";
import type { Located } from "../openapi/located.ts";
import { partsOf, type ReferenceTargets, shapeOf, UNKNOWN_SHAPE, type ValueShape } from "../openapi/parameter-shape.ts";
import { isObject } from "../openapi/pointer.ts";
import { isConstrainedText } from "./constrained-text.ts";

/** How one item of a field is written. */
export type FieldKind = "text" | "json" | "file" | "text or file";

export interface MultipartField {
  readonly kind: FieldKind;
  /** Whether it may come several times. */
  readonly many: boolean;
  /** Of one item. */
  readonly shape: ValueShape;
  /** Media types and ranges that a part may have; undefined where the document leaves them open. */
  readonly types: readonly MediaType[] | undefined;
  /** Whether the schema says something about the bytes of a file. */
  readonly judged: boolean;
}

const JSON_TYPE: MediaType = {
  essence: "application/json",
  type: "application",
  subtype: "json",
  parameters: new Map(),
};

/** By property of the schema; `""` is what others may be, where the schema describes them. */
export function multipartFields(
  schema: Located,
  encoding: Located | undefined,
  set: ReferenceTargets,
): ReadonlyMap<string, MultipartField> {
  const encodings = readEncoding(encoding);
  const fields = new Map<string, MultipartField>();
  for (const part of partsOf(schema, set)) {
    const { properties, additionalProperties } = part.value as Record<string, unknown>;
    for (const name of isObject(properties) ? Object.keys(properties) : []) {
      if (fields.has(name)) continue;
      fields.set(name, fieldOf(set.child(part, "properties", name), set, encodings.get(name)?.contentTypes));
    }
    if (isObject(additionalProperties) && !fields.has("")) {
      fields.set("", fieldOf(set.child(part, "additionalProperties"), set, undefined));
    }
  }
  return fields;
}

function fieldOf(schema: Located, set: ReferenceTargets, types: readonly MediaType[] | undefined): MultipartField {
  const shape = shapeOf(schema, set);
  const many = shape.kind === "array";
  const item = many ? itemOf(schema, set) : schema;
  const itemShape = many ? (shape.items ?? UNKNOWN_SHAPE) : shape;
  const kind = item === undefined ? "text or file" : kindOf(item, itemShape, set, types);
  return {
    kind,
    many,
    shape: itemShape,
    types: types ?? (kind === "json" ? [JSON_TYPE] : typesSaidBy(item, set)),
    judged: item !== undefined && isConstrainedText(item, set),
  };
}

function itemOf(schema: Located, set: ReferenceTargets): Located | undefined {
  const part = partsOf(schema, set).find(({ value }) => isObject((value as Record<string, unknown>)["items"]));
  return part === undefined ? undefined : set.child(part, "items");
}

function kindOf(
  schema: Located,
  shape: ValueShape,
  set: ReferenceTargets,
  types: readonly MediaType[] | undefined,
): FieldKind {
  if (shape.kind !== "scalar") return "json";
  const parts = partsOf(schema, set).map(({ value }) => value as Record<string, unknown>);
  const says = (key: string, value?: string) =>
    parts.some((part) => (value === undefined ? key in part : part[key] === value));
  if (says("format", "binary")) return "file";
  const isText = (one: MediaType) => one.type === "text" || one.subtype === "json" || one.subtype.endsWith("+json");
  const content = contentMediaType(schema, set);
  // 3.1: raw bytes are no string, so nothing but their media type is said of them; generators (FastAPI) say `type: string` beside it.
  if (content !== undefined && (shape.types.size === 0 || !isText(content))) return "file";
  if (types !== undefined && !types.some(isText)) return says("contentEncoding") ? "text" : "file";
  if (types !== undefined && types.every((one) => one.type !== "text")) return "json";
  return shape.types.size === 0 ? "text or file" : "text";
}

/** `application/octet-stream` is how a schema says bytes of whatever kind: no client would name a picture so. */
function typesSaidBy(schema: Located | undefined, set: ReferenceTargets): readonly MediaType[] | undefined {
  const content = schema === undefined ? undefined : contentMediaType(schema, set);
  return content === undefined || content.essence === "application/octet-stream" ? undefined : [content];
}

function contentMediaType(schema: Located, set: ReferenceTargets): MediaType | undefined {
  for (const { value } of partsOf(schema, set)) {
    const { contentMediaType: name, contentEncoding } = value as Record<string, unknown>;
    if (typeof name !== "string" || contentEncoding !== undefined) continue;
    const [type = "", subtype = ""] = name.toLowerCase().split(";", 1)[0]?.trim().split("/") ?? [];
    return { essence: `${type}/${subtype}`, type, subtype, parameters: new Map() };
  }
  return undefined;
}
