// Changes the texts of a body that its schema marks with `x-portcullis-sanitize`, before it is judged; nothing else of the bytes changes.
import { isUtf8 } from "node:buffer";
import type { Exchange } from "../core/exchange.ts";
import type { RequestGuard } from "../core/guard.ts";
import { CONTINUE, type Outcome } from "../core/outcome.ts";
import { readMultipart } from "../http/multipart.ts";
import type { DeclaredMedia, MatchedMedia, MediaTable } from "./body-media.ts";
import type { BodyReaders } from "./body-readers.ts";
import { jsonOf } from "./form-body.ts";
import { UNDECLARED_NAMES_MAX } from "./limits.ts";
import { MULTIPART_LIMITS } from "./multipart-body.ts";
import { changeForm, changeJson, changeMultipart, type ChangeField } from "./sanitized-bytes.ts";
import { findMark, SanitizedPlaces } from "./sanitized-places.ts";
import type { SchemaSource } from "./schema-source.ts";
import { toldPlace } from "./used-names.ts";

/** Undefined where no schema of the body is marked: then it costs nothing. */
export function sanitizationGuard(
  table: MediaTable,
  readers: BodyReaders,
  set: SchemaSource,
  mode: RequestGuard["mode"],
): RequestGuard | undefined {
  const marked = table.declared.filter(({ schema }) => schema !== undefined && findMark(set, schema) !== undefined);
  return marked.length === 0 ? undefined : new SanitizationGuard(table, readers, set, mode, marked);
}

class SanitizationGuard implements RequestGuard {
  readonly practice = "validation";
  readonly name = "validation.sanitization";
  readonly mode: RequestGuard["mode"];
  readonly #table: MediaTable;
  readonly #readers: BodyReaders;
  readonly #places: ReadonlyMap<DeclaredMedia, SanitizedPlaces>;

  constructor(
    table: MediaTable,
    readers: BodyReaders,
    set: SchemaSource,
    mode: RequestGuard["mode"],
    marked: readonly DeclaredMedia[],
  ) {
    this.mode = mode;
    this.#table = table;
    this.#readers = readers;
    this.#places = new Map(
      marked.flatMap((media) => (media.schema === undefined ? [] : [[media, new SanitizedPlaces(set, media.schema)]])),
    );
  }

  check(exchange: Exchange): Outcome {
    const { body } = exchange;
    if (body.kind !== "read" || body.bytes.length === 0) return CONTINUE;
    const matched = this.#table.match(exchange.request.fields.get("content-type") ?? "");
    const places = matched === undefined ? undefined : this.#places.get(matched.declared);
    if (matched === undefined || places === undefined) return CONTINUE;
    const { bytes } = body;
    // What cannot be read is refused as it came, by the guard behind this one.
    const reading = this.#readers.readEarly(matched, bytes);
    if (reading?.ok !== true || (matched.kind === "text" && !isUtf8(bytes))) return CONTINUE;
    const at: string[] = [];
    const changed = changedBytes(matched, bytes, reading.value, places, at);
    if (changed === undefined) return CONTINUE;
    const shown = [...new Set(at.map(toldPlace))].map((pointer) => (pointer === "" ? "the body" : pointer));
    const more = shown.length > UNDECLARED_NAMES_MAX ? `, and ${shown.length - UNDECLARED_NAMES_MAX} more` : "";
    return {
      kind: "replace",
      bytes: changed,
      what: `sanitized ${shown.slice(0, UNDECLARED_NAMES_MAX).join(", ")}${more}`,
    };
  }
}

/** Undefined where nothing changes. */
function changedBytes(
  { kind, declared, boundary }: MatchedMedia,
  bytes: Uint8Array,
  value: unknown,
  places: SanitizedPlaces,
  at: string[],
): Buffer | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === "form") {
    const text = changeForm(buffer.toString("utf8"), changeField(declared, places, at));
    return at.length === 0 ? undefined : Buffer.from(text);
  }
  if (kind === "multipart") {
    const reading = readMultipart(bytes, boundary as string, MULTIPART_LIMITS);
    const changed = reading.ok ? changeMultipart(buffer, reading.parts, changeField(declared, places, at)) : buffer;
    return changed === buffer ? undefined : changed;
  }
  const change = places.changeOf(value, at);
  if (change === undefined) return undefined;
  return Buffer.from(kind === "text" ? (change as string) : changeJson(buffer.toString("utf8"), change));
}

/** Fields are texts; those of objects are JSON, and keep it. */
function changeField({ shape }: DeclaredMedia, places: SanitizedPlaces, at: string[]): ChangeField {
  return (name, text) => {
    const field = shape.properties.get(name) ?? shape.additional;
    const item = field?.kind === "array" ? field.items : field;
    if (item?.kind !== "object") return places.changeOfField(name, text, at) as string | undefined;
    const change = places.changeOfField(name, jsonOf(text), at);
    return change === undefined || typeof change === "string" ? change : changeJson(text, change);
  };
}
