// Reads the head of one part of a form: its name, its file name and its media type, or why it could be read in two ways (I09).
import { isUtf8 } from "node:buffer";
import { type MediaType, parseMediaType } from "./media-type.ts";
import { isToken, trimWhitespace } from "./tokens.ts";

export interface PartHead {
  readonly name: string;
  /** Undefined for a field; a part with one is a file. */
  readonly filename: string | undefined;
  readonly type: MediaType | undefined;
}

const FILENAME_BYTES_MAX = 255;
/** Controls, and what some readers take for the end of a line. */
const CONTROL = /[\u0000-\u001f\u007f\u2028\u2029]/;
/** Escapes inside quotes are read as such by some and left by others: no browser writes them. */
const PARAMETER = /[ \t]*;[ \t]*([a-zA-Z*]+)=(?:"([^"\\]*)"|([!#$%&'*+.^_`|~0-9A-Za-z-]+))/y;
/** Also percent-encoded: Rack decodes file names. */
const PATH_LIKE = /[/\\:]|%(?:2f|5c|[01][0-9a-f]|7f)/i;
/** RFC 2047, which mail has and forms have not: Tomcat and Apache's file upload decode it, also in a field's name. */
const ENCODED_WORD = "=?";
/** What .NET writes as `filename` where the name is not ASCII, beside `filename*`. As a path it leads nowhere. */
const DOTNET_FILENAME = /^=\?utf-8\?B\?([A-Za-z0-9+/]+={0,2})\?=$/;
const MALFORMED_DISPOSITION = "The Content-Disposition of a part is malformed.";
const ENCODINGS = new Set(["7bit", "8bit", "binary"]);

/** `length` is that of the content. The sentence is about a part and carries nothing of it. */
export function readPartHead(bytes: Uint8Array, length: number): PartHead | string {
  if (!isUtf8(bytes)) return "The head of a part is not valid UTF-8.";
  const fields = new Map<string, string>();
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    // No folding, no space before the colon, no control character.
    if (colon < 0 || CONTROL.test(line) || !isToken(line.slice(0, colon))) {
      return "A line in the head of a part is malformed.";
    }
    const name = line.slice(0, colon).toLowerCase();
    if (fields.has(name)) return "A field in the head of a part is given twice.";
    fields.set(name, trimWhitespace(line.slice(colon + 1)));
  }
  return readFields(fields, length);
}

function readFields(fields: ReadonlyMap<string, string>, length: number): PartHead | string {
  let type: MediaType | undefined;
  for (const [name, value] of fields) {
    switch (name) {
      case "content-disposition":
        break;
      case "content-type":
        type = parseMediaType(value);
        if (type === undefined) return "The Content-Type of a part is no media type.";
        if (type.type === "multipart" || type.type === "message") return "A part holds parts of its own.";
        break;
      case "content-transfer-encoding":
        // RFC 7578 4.7: not used; some readers decode base64 all the same.
        if (!ENCODINGS.has(value.toLowerCase())) return "A part is encoded.";
        break;
      case "content-length":
        if (value !== String(length)) return "The Content-Length of a part is not its length.";
        break;
      default:
        return "The head of a part has a field that form data does not have.";
    }
  }
  const disposition = readDisposition(fields.get("content-disposition") ?? "");
  return typeof disposition === "string" ? disposition : { ...disposition, type };
}

function readDisposition(text: string): Omit<PartHead, "type"> | string {
  const kind = /^form-data/i.exec(text);
  if (kind === null) return "A part has no Content-Disposition of form-data.";
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = kind[0].length;
  for (let end = PARAMETER.lastIndex; end < text.length; end = PARAMETER.lastIndex) {
    const found = PARAMETER.exec(text);
    if (found === null) return MALFORMED_DISPOSITION;
    const name = (found[1] as string).toLowerCase();
    if (parameters.has(name)) return "The Content-Disposition of a part has a parameter twice.";
    // PHP takes single quotes off: `name='role'` is `role` to it. Only `filename*` is written with them.
    if (found[3]?.includes("'") === true && name !== "filename*") return MALFORMED_DISPOSITION;
    parameters.set(name, found[2] ?? (found[3] as string));
  }
  const name = parameters.get("name");
  if (name === undefined || name === "") return "A field of the body has no name.";
  if (name.includes(ENCODED_WORD)) return "A field has a name that mail would decode.";
  const extended = parameters.get("filename*");
  const written = parameters.get("filename");
  const filename = extended === undefined ? written : (dotnetFilename(written) ?? written);
  // RFC 7578 4.2 forbids it; where it comes it must say the same, for readers that prefer it.
  if (extended !== undefined && (filename === undefined || decodeExtended(extended) !== filename)) {
    return "A file has two names.";
  }
  const known = 1 + (filename === undefined ? 0 : 1) + (extended === undefined ? 0 : 1);
  if (parameters.size !== known)
    return "The Content-Disposition of a part has a parameter that form data does not have.";
  if (filename?.includes(ENCODED_WORD) === true) return "A file has a name that mail would decode.";
  if (filename !== undefined && !isFilename(filename)) return "A file has a name that could lead elsewhere.";
  return { name, filename };
}

function dotnetFilename(written: string | undefined): string | undefined {
  const word = DOTNET_FILENAME.exec(written ?? "")?.[1];
  return word === undefined ? undefined : Buffer.from(word, "base64").toString();
}

function decodeExtended(text: string): string | undefined {
  const value = /^utf-8''([^']*)$/i.exec(text)?.[1];
  try {
    return value === undefined ? undefined : decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** An empty one is what browsers send where no file was chosen. */
function isFilename(name: string): boolean {
  return !PATH_LIKE.test(name) && name !== "." && name !== ".." && Buffer.byteLength(name) <= FILENAME_BYTES_MAX;
}
