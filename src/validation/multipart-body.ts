// Reads multipart/form-data into the value that its schema judges; each field as declared, no file where none is (I09).
import { isAscii, isUtf8 } from "node:buffer";
import type { MediaType } from "../http/media-type.ts";
import { namesMethod } from "../http/method-parameter.ts";
import { type MultipartLimits, type MultipartPart, readMultipart } from "../http/multipart.ts";
import { DeclaredNames, isTakenApart, namesPrototype, TAKEN_APART } from "../openapi/declared-names.ts";
import type { Located } from "../openapi/located.ts";
import type { ReferenceTargets } from "../openapi/parameter-shape.ts";
import { readScalar } from "../openapi/parameter-value.ts";
import { pointerTo } from "../openapi/pointer.ts";
import { type BodyReading, unreadable, violated } from "./body-reading.ts";
import type { SchemaViolation } from "./explanation.ts";
import { jsonOf } from "./form-body.ts";
import { FORM_FIELDS_MAX, PART_HEAD_BYTES_MAX, VIOLATIONS_MAX } from "./limits.ts";
import { OVERRIDES_METHOD } from "./method-field.ts";
import { type MultipartField, multipartFields } from "./multipart-fields.ts";
import type { OperationNames } from "./operation-names.ts";
import { shownName } from "./sentence.ts";

export const MULTIPART_LIMITS: MultipartLimits = { partsMax: FORM_FIELDS_MAX, headBytesMax: PART_HEAD_BYTES_MAX };
/** With what of UTF-8 each of them shares; Java's own client (Apache) names Latin-1 where nobody chose. */
const TEXT_CHARSETS: ReadonlyMap<string | undefined, "all" | "ASCII"> = new Map([
  [undefined, "all"],
  ["utf-8", "all"],
  ["us-ascii", "ASCII"],
  ["iso-8859-1", "ASCII"],
]);

type Value = Record<string, unknown>;

/** Compiled once for each declared type. Where that has no schema, its parts may be anything but another method. */
export class MultipartReader {
  readonly #fields: ReadonlyMap<string, MultipartField>;
  readonly #declared: DeclaredNames;
  readonly #isOpen: boolean;
  readonly #names: OperationNames | undefined;

  constructor(
    schema: Located | undefined,
    encoding: Located | undefined,
    set: ReferenceTargets,
    names?: OperationNames,
  ) {
    this.#names = names;
    this.#isOpen = schema === undefined;
    this.#fields = schema === undefined ? new Map() : multipartFields(schema, encoding, set);
    this.#declared = new DeclaredNames(
      [...this.#fields.keys()].filter((name) => name !== ""),
      "dots",
    );
  }

  /** Bytes to an object without prototype. A file is its bytes, one to a character, where its schema says something of them. */
  read(bytes: Uint8Array, boundary: string): BodyReading {
    const reading = readMultipart(bytes, boundary, MULTIPART_LIMITS);
    if (!reading.ok) return reading;
    const value = Object.create(null) as Value;
    const violations: SchemaViolation[] = [];
    for (const part of reading.parts) {
      // What it names would be the charset of all the others (RFC 7578 4.6).
      if (part.name === "_charset_") return unreadable("A field of the body names another charset.");
      const wrong = this.#take(part, bytes, value);
      if (wrong === undefined) continue;
      const name = shownName(part.name);
      violations.push({ at: pointerTo("", name), message: `${name} ${wrong}` });
    }
    if (violations.length > 0) return violated(violations.slice(0, VIOLATIONS_MAX));
    return { ok: true, value, values: FORM_FIELDS_MAX };
  }

  /** Puts a part into the value, or says what is wrong with it. */
  #take(part: MultipartPart, bytes: Uint8Array, value: Value): string | undefined {
    const { name } = part;
    const declared = this.#fields.get(name);
    if (declared === undefined || name === "") {
      if (namesPrototype(name)) return "is not allowed";
      if (namesMethod(name)) return OVERRIDES_METHOD;
      const takenFor = this.#declared.takenFor(name);
      if (takenFor !== undefined) return `is not allowed: it could be taken for ${takenFor}`;
      const elsewhere = this.#fields.has("") ? undefined : this.#names?.besideForm(name);
      if (elsewhere !== undefined) return elsewhere;
      if (isTakenApart(name, this.#fields.get("")?.shape)) return TAKEN_APART;
    }
    if (this.#isOpen) {
      takeAsItIs(part, bytes, value);
      return undefined;
    }
    const field = declared ?? this.#fields.get("");
    if (field === undefined && part.filename !== undefined) return "must not be a file";
    if (Object.hasOwn(value, name) && field?.many !== true) return "must be given once";
    // Browsers send an empty file without a name where none was chosen.
    if (part.filename === "" && part.start === part.end && isFile(field)) return undefined;
    const wrong = field === undefined ? textProblem(part.type) : problemOf(part, field);
    if (wrong !== undefined) return wrong;
    if (part.filename === undefined && !isInCharset(part, bytes)) return "must be in UTF-8";
    const item = itemOf(part, field, bytes);
    if (item === undefined) return "is not valid UTF-8";
    if (field?.many !== true) value[name] = item;
    else if (Object.hasOwn(value, name)) (value[name] as unknown[]).push(item);
    else value[name] = [item];
    return undefined;
  }
}

/** Texts are there for who looks for injections. */
function takeAsItIs({ name, filename, start, end }: MultipartPart, bytes: Uint8Array, value: Value): void {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  if (filename !== undefined || !isUtf8(content)) return;
  const text = content.toString("utf8");
  if (Object.hasOwn(value, name)) (value[name] as unknown[]).push(text);
  else value[name] = [text];
}

function isFile(field: MultipartField | undefined): boolean {
  return field?.kind === "file" || field?.kind === "text or file";
}

function problemOf({ filename, type }: MultipartPart, field: MultipartField): string | undefined {
  const { kind, types } = field;
  if (filename === "") return "must have a file name";
  if (filename === undefined && kind === "file") return "must be a file";
  if (filename !== undefined && !isFile(field)) return "must not be a file";
  if (filename === undefined && (type === undefined || kind === "text or file")) return textProblem(type);
  if (types === undefined) return filename === undefined ? textProblem(type) : undefined;
  if (type !== undefined && types.some((range) => isWithin(type, range))) return charsetProblem(type);
  return `must be of the type ${types.map(({ essence }) => essence).join(" or ")}`;
}

/** A field without a type, or with one of text: busboy makes a file of any `application/octet-stream`. */
function textProblem(type: MediaType | undefined): string | undefined {
  if (type === undefined) return undefined;
  return type.essence === "text/plain" ? charsetProblem(type) : "must be of the type text/plain";
}

function charsetProblem(type: MediaType): string | undefined {
  return TEXT_CHARSETS.has(charsetOf(type)) ? undefined : "must be in UTF-8";
}

function charsetOf({ parameters }: MediaType): string | undefined {
  return parameters.get("charset")?.toLowerCase();
}

/** Whether the text is the same in UTF-8. */
function isInCharset({ type, start, end }: MultipartPart, bytes: Uint8Array): boolean {
  if (type === undefined || TEXT_CHARSETS.get(charsetOf(type)) === "all") return true;
  return isAscii(bytes.subarray(start, end));
}

function isWithin(type: MediaType, range: MediaType): boolean {
  if (range.type !== "*" && range.type !== type.type) return false;
  return range.subtype === "*" || range.subtype === type.subtype;
}

/** Undefined: text that is none. */
function itemOf(
  { start, end, filename }: MultipartPart,
  field: MultipartField | undefined,
  bytes: Uint8Array,
): unknown {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  if (filename !== undefined) return field?.judged === true ? content.toString("latin1") : "";
  if (!isUtf8(content)) return undefined;
  const text = content.toString("utf8");
  if (field === undefined) return text;
  return field.kind === "json" ? jsonOf(text) : readScalar(text, field.shape);
}
