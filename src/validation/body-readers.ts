// From bytes to a value, for each kind of body that an operation takes.
import { isAscii, isUtf8 } from "node:buffer";
import { readScalar } from "../openapi/parameter-value.ts";
import type { DeclaredMedia, MatchedMedia } from "./body-media.ts";
import { type BodyReading, unreadable } from "./body-reading.ts";
import { FormReader } from "./form-body.ts";
import { MultipartReader } from "./multipart-body.ts";
import type { OperationNames } from "./operation-names.ts";
import type { SchemaSource } from "./schema-source.ts";
import { readJson } from "./strict-json.ts";

/** Those that depend on the schema are made when a body first needs them. */
export class BodyReaders {
  readonly #set: SchemaSource;
  readonly #names: OperationNames | undefined;
  readonly #forms = new Map<DeclaredMedia, FormReader>();
  readonly #multiparts = new Map<DeclaredMedia, MultipartReader>();

  /** What was read of bytes that another guard asks for again. */
  #early: WeakMap<Uint8Array, BodyReading> | undefined;

  /** `names` of the operation: fields of a form must not be taken for what it declares elsewhere. */
  constructor(set: SchemaSource, names?: OperationNames) {
    this.#set = set;
    this.#names = names;
  }

  /** For a guard before the one that judges: the reading is kept for it. */
  readEarly(matched: MatchedMedia, bytes: Uint8Array): BodyReading | undefined {
    const reading = this.read(matched, bytes);
    if (reading !== undefined) (this.#early ??= new WeakMap()).set(bytes, reading);
    return reading;
  }

  /** Undefined where there is nothing to read. */
  read(matched: MatchedMedia, bytes: Uint8Array): BodyReading | undefined {
    const early = this.#early?.get(bytes);
    if (early === undefined) return this.#read(matched, bytes);
    // The bytes may wait for the API for long.
    this.#early?.delete(bytes);
    return early;
  }

  #read(matched: MatchedMedia, bytes: Uint8Array): BodyReading | undefined {
    const { declared, boundary } = matched;
    // What a reader makes of other bytes in ASCII is its own affair.
    if (matched.charset === "us-ascii" && (!isAscii(bytes) || (matched.kind === "form" && encodesMore(bytes))))
      return unreadable("The body is not ASCII, as its charset says.");
    switch (matched.kind) {
      case "json":
        return readJson(bytes);
      case "form":
        return this.#form(declared).read(bytes);
      case "multipart":
        return this.#multipart(declared).read(bytes, boundary as string);
      case "text":
        return readText(bytes, matched);
      case "binary":
        return {
          ok: true,
          value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1"),
          values: 1,
        };
      case "opaque":
        return undefined;
    }
  }

  #form(media: DeclaredMedia): FormReader {
    let reader = this.#forms.get(media);
    if (reader === undefined) {
      reader = new FormReader(media.shape, media.encoding, this.#names);
      this.#forms.set(media, reader);
    }
    return reader;
  }

  #multipart(media: DeclaredMedia): MultipartReader {
    let reader = this.#multiparts.get(media);
    if (reader === undefined) {
      reader = new MultipartReader(media.schema, media.encoding, this.#set, this.#names);
      this.#multiparts.set(media, reader);
    }
    return reader;
  }
}

/** Whether a form in ASCII percent-encodes a byte that is none. */
function encodesMore(bytes: Uint8Array): boolean {
  return /%[89a-f]/i.test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1"));
}

function readText(bytes: Uint8Array, { charset, declared }: MatchedMedia): BodyReading {
  if (charset === undefined || charset === "utf-8" || charset === "us-ascii") {
    if (!isUtf8(bytes)) return unreadable("The body is not valid UTF-8.");
    // Some readers keep a mark at the beginning, some take it off.
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
      return unreadable("The body begins with a byte order mark.");
  }
  let text: string;
  try {
    text = new TextDecoder(charset ?? "utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return unreadable("The body is not valid in its charset.");
  }
  return { ok: true, value: readScalar(text, declared.shape), values: 1 };
}
