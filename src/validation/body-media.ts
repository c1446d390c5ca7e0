// Which media types an operation takes, and what must be read of each (I07, I08).
import { type MediaType as ParsedMediaType, parseMediaType } from "../http/media-type.ts";
import type { Located } from "../openapi/located.ts";
import type { MediaType } from "../openapi/operation.ts";
import { type ReferenceTargets, shapeOf, UNKNOWN_SHAPE, type ValueShape } from "../openapi/parameter-shape.ts";
import { MEDIA_TYPES_REMEMBERED_MAX } from "./limits.ts";

/** How a body of that type is judged: as JSON, as a form, or by type and size only. */
export type BodyKind = "json" | "form" | "opaque";

/** A declared media type, compiled. */
export interface DeclaredMedia {
  readonly name: string;
  /** For bodies that arrive under this name; a wildcard is decided by what arrives. */
  readonly kind: BodyKind;
  readonly schema: Located | undefined;
  /** Known where text must be read by it: of forms, and of wildcards, under which a form may arrive. */
  readonly shape: ValueShape;
  readonly type: string;
  readonly subtype: string;
  readonly charset: string | undefined;
  readonly parameters: ReadonlyMap<string, string>;
}

/** What arrived, matched with what is declared. */
export interface MatchedMedia {
  readonly kind: BodyKind;
  readonly declared: DeclaredMedia;
}

/** The declared types of one body, most specific first; remembers what it was asked. */
export class MediaTable {
  readonly declared: readonly DeclaredMedia[];
  /** Declared names, as an Accept field lists them. */
  readonly accept: string;
  readonly #matches = new Map<string, MatchedMedia | undefined>();

  constructor(content: readonly MediaType[], set: ReferenceTargets) {
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
    const matched = parsed === undefined ? undefined : this.#find(parsed);
    if (this.#matches.size < MEDIA_TYPES_REMEMBERED_MAX && contentType.length <= 128)
      this.#matches.set(contentType, matched);
    return matched;
  }

  #find(parsed: ParsedMediaType): MatchedMedia | undefined {
    for (const media of this.declared) {
      if (media.type !== "*" && media.type !== parsed.type) continue;
      if (media.subtype !== "*" && media.subtype !== parsed.subtype) continue;
      if (![...media.parameters].every(([name, value]) => parsed.parameters.get(name) === value)) continue;
      const charset = parsed.parameters.get("charset")?.toLowerCase();
      if (charset !== undefined && charset !== "utf-8" && charset !== "us-ascii" && charset !== media.charset)
        return undefined;
      const kind = kindOf(parsed);
      // A wildcard with a structured schema: what cannot be held against it may not pass under it.
      if (media.subtype === "*" && kind === "opaque" && isStructured(media)) return undefined;
      return { kind, declared: media };
    }
    return undefined;
  }
}

function declare(media: MediaType, set: ReferenceTargets): DeclaredMedia {
  const parsed = parseMediaType(media.name);
  const type = parsed?.type ?? media.name;
  const subtype = parsed?.subtype ?? "";
  const parameters = new Map(parsed?.parameters);
  const charset = parameters.get("charset")?.toLowerCase();
  parameters.delete("charset");
  const kind = parsed === undefined ? "opaque" : kindOf(parsed);
  return {
    name: media.name,
    kind,
    schema: media.schema,
    shape: kind === "form" || subtype === "*" ? shapeOf(media.schema, set) : UNKNOWN_SHAPE,
    type,
    subtype,
    charset,
    parameters,
  };
}

function kindOf(type: ParsedMediaType): BodyKind {
  if (type.subtype === "json" || type.subtype.endsWith("+json")) return "json";
  return type.essence === "application/x-www-form-urlencoded" ? "form" : "opaque";
}

/** A wildcard whose schema says more than "text" or "bytes": JSON may arrive under it, and must then fit. */
function isJudged({ schema, shape }: DeclaredMedia): boolean {
  return schema !== undefined && !(shape.types.size === 1 && shape.types.has("string"));
}

function isStructured(media: DeclaredMedia): boolean {
  return media.shape.kind !== "scalar";
}

/** Concrete types before `text/*` before `*` + `/*`; those with parameters first (RFC 9110 12.5.1). */
function breadth(media: DeclaredMedia): number {
  const wild = media.type === "*" ? 2 : media.subtype === "*" ? 1 : 0;
  return wild * 100 - media.parameters.size;
}
