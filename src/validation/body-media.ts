// Which media types an operation takes, and what must be read of each (I07, I08).
import { type MediaType as ParsedMediaType, parseMediaType } from "../http/media-type.ts";
import { boundaryOf } from "../http/multipart.ts";
import type { Located } from "../openapi/located.ts";
import type { MediaType } from "../openapi/operation.ts";
import { type ReferenceTargets, shapeOf, UNKNOWN_SHAPE, type ValueShape } from "../openapi/parameter-shape.ts";
import { isConstrainedText } from "./constrained-text.ts";
import { MEDIA_TYPES_REMEMBERED_MAX } from "./limits.ts";

/** How a body of that type is judged: as JSON, by its fields, as one text, as bytes, or by type and size only. */
export type BodyKind = "json" | "form" | "multipart" | "text" | "binary" | "opaque";

/** A declared media type, compiled. */
export interface DeclaredMedia {
  readonly name: string;
  /** For bodies that arrive under this name; a wildcard is decided by what arrives. */
  readonly kind: BodyKind;
  readonly schema: Located | undefined;
  readonly encoding: Located | undefined;
  /** Known where text must be read by it: of everything but JSON. */
  readonly shape: ValueShape;
  readonly type: string;
  readonly subtype: string;
  readonly charset: string | undefined;
  readonly parameters: ReadonlyMap<string, string>;
}

/** What arrived, matched with what is declared. */
export interface MatchedMedia {
  readonly kind: BodyKind;
  /** What the body says of its own: lower case, where it does. */
  readonly charset: string | undefined;
  /** Of a multipart body. */
  readonly boundary: string | undefined;
  readonly declared: DeclaredMedia;
}

/** The declared types of one body, most specific first; remembers what it was asked. */
export class MediaTable {
  readonly declared: readonly DeclaredMedia[];
  /** Declared names, as an Accept field lists them. */
  readonly accept: string;
  readonly #set: ReferenceTargets;
  readonly #matches = new Map<string, MatchedMedia | undefined>();

  constructor(content: readonly MediaType[], set: ReferenceTargets) {
    this.#set = set;
    this.declared = content.map((media) => declare(media, set)).sort((one, other) => breadth(one) - breadth(other));
    this.accept = content.map((media) => media.name).join(", ");
  }

  /** Whether a body of some declared type must be read. */
  get reads(): boolean {
    return this.declared.some((media) => media.kind !== "opaque" || (media.subtype === "*" && isJudged(media)));
  }

  /** The declared type that a Content-Type value means, or undefined: not one type, another charset, not declared. */
  match(contentType: string): MatchedMedia | undefined {
    if (this.#matches.has(contentType)) return this.#matches.get(contentType);
    const parsed = parseMediaType(contentType);
    // A range is not what a body can be (RFC 6838 4.2 has no asterisk).
    const isNone = parsed === undefined || parsed.essence.includes("*");
    const matched = isNone ? undefined : this.#find(parsed, contentType);
    // Each multipart body has a boundary of its own: remembering them would push the others out.
    const isOnce = matched?.boundary !== undefined || contentType.length > 128;
    if (!isOnce && this.#matches.size < MEDIA_TYPES_REMEMBERED_MAX) this.#matches.set(contentType, matched);
    return matched;
  }

  #find(parsed: ParsedMediaType, contentType: string): MatchedMedia | undefined {
    for (const media of this.declared) {
      if (media.type !== "*" && media.type !== parsed.type) continue;
      if (!isWithin(parsed.subtype, media.subtype)) continue;
      if (![...media.parameters].every(([name, value]) => parsed.parameters.get(name) === value)) continue;
      const charset = parsed.parameters.get("charset")?.toLowerCase();
      if (charset !== undefined && charset !== "utf-8" && charset !== "us-ascii" && charset !== media.charset)
        return undefined;
      const kind = kindOf(parsed, media.schema, media.shape, this.#set);
      // Not all readers of boundaries know escapes.
      const boundary = kind === "multipart" && !contentType.includes("\\") ? boundaryOf(parsed) : undefined;
      if (kind === "multipart" && boundary === undefined) return undefined;
      // A wildcard with a structured schema: what cannot be held against it may not pass under it.
      if (media.subtype === "*" && kind === "opaque" && isStructured(media)) return undefined;
      return { kind, charset, boundary, declared: media };
    }
    return undefined;
  }
}

/** `*+json` takes whatever is JSON by its name, but for `json` itself. */
function isWithin(subtype: string, declared: string): boolean {
  if (declared === "*" || declared === subtype) return true;
  return declared.startsWith("*+") && subtype.length >= declared.length && subtype.endsWith(declared.slice(1));
}

function declare(media: MediaType, set: ReferenceTargets): DeclaredMedia {
  const parsed = parseMediaType(media.name);
  const type = parsed?.type ?? media.name;
  const subtype = parsed?.subtype ?? "";
  const parameters = new Map(parsed?.parameters);
  const charset = parameters.get("charset")?.toLowerCase();
  parameters.delete("charset");
  const shape = parsed !== undefined && isJson(parsed) ? UNKNOWN_SHAPE : shapeOf(media.schema, set);
  return {
    name: media.name,
    kind: parsed === undefined ? "opaque" : kindOf(parsed, media.schema, shape, set),
    schema: media.schema,
    encoding: media.encoding,
    shape,
    type,
    subtype,
    charset,
    parameters,
  };
}

function isJson({ subtype }: ParsedMediaType): boolean {
  return subtype === "json" || subtype.endsWith("+json");
}

function kindOf(
  type: ParsedMediaType,
  schema: Located | undefined,
  shape: ValueShape,
  set: ReferenceTargets,
): BodyKind {
  if (isJson(type)) return "json";
  if (type.essence === "application/x-www-form-urlencoded") return "form";
  if (type.essence === "multipart/form-data") return "multipart";
  if (schema === undefined) return "opaque";
  // What is neither a form nor one text, as XML, nobody here can read.
  if (shape.kind !== "scalar") return "opaque";
  const isOther = [...shape.types].some((one) => one !== "string");
  if (!isOther && !isConstrainedText(schema, set)) return "opaque";
  return type.type === "text" ? "text" : isOther ? "opaque" : "binary";
}

/** A wildcard whose schema says more than "text" or "bytes": JSON may arrive under it, and must then fit. */
function isJudged({ schema, shape }: DeclaredMedia): boolean {
  return schema !== undefined && !(shape.types.size === 1 && shape.types.has("string"));
}

function isStructured(media: DeclaredMedia): boolean {
  return media.shape.kind !== "scalar";
}

/** Concrete types before `text/*+json` before `text/*` before `*` + `/*`; those with parameters first (RFC 9110 12.5.1). */
function breadth(media: DeclaredMedia): number {
  const wild = media.type === "*" ? 3 : media.subtype === "*" ? 2 : media.subtype.startsWith("*+") ? 1 : 0;
  return wild * 100 - media.parameters.size;
}
