// Takes a multipart/form-data body apart as strictly as RFC 7578 and 2046 write it: what two readers would part differently is refused (I09).
import type { MediaType } from "./media-type.ts";
import { type PartHead, readPartHead } from "./multipart-head.ts";

/** One part: what its head says, and where its content stands among the bytes. */
export interface MultipartPart extends PartHead {
  readonly start: number;
  readonly end: number;
}

export type MultipartReading =
  | { readonly ok: true; readonly parts: readonly MultipartPart[] }
  /** A sentence about the body that carries nothing of it. */
  | { readonly ok: false; readonly problem: string };

/** How many parts, and how long the head of one may be. */
export interface MultipartLimits {
  readonly partsMax: number;
  readonly headBytesMax: number;
}

const CR = 0x0d;
const LF = 0x0a;
const HYPHEN = 0x2d;

/** What clients use; others would need quotes, which not all readers take off alike. 70 at most (RFC 2046 5.1.1). */
const BOUNDARY = /^[0-9A-Za-z+_.=-]{1,70}$/;

/**
 * The boundary of a multipart/form-data type; undefined where it has none or says anything beside it. Some readers take
 * whatever parameter ends with `boundary`, some the first of two, so only a charset may stand beside it.
 */
export function boundaryOf({ parameters }: MediaType): string | undefined {
  const boundary = parameters.get("boundary");
  if (boundary === undefined || !BOUNDARY.test(boundary)) return undefined;
  const charset = parameters.get("charset")?.toLowerCase();
  if (charset !== undefined && charset !== "utf-8") return undefined;
  return parameters.size === (charset === undefined ? 1 : 2) ? boundary : undefined;
}

/**
 * No preamble, no epilogue, CRLF alone ends lines, and the boundary stands nowhere but where it parts: then there is one
 * way to read it. Contents are bytes, whatever they are.
 */
export function readMultipart(body: Uint8Array, boundary: string, limits: MultipartLimits): MultipartReading {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const delimiter = Buffer.from(`--${boundary}`, "latin1");
  const parts: MultipartPart[] = [];
  if (bytes.indexOf(delimiter) !== 0) return no("The body does not begin with its boundary.");
  let at = delimiter.length;
  for (;;) {
    if (bytes[at] === HYPHEN && bytes[at + 1] === HYPHEN) {
      return isEnd(bytes, at + 2) ? { ok: true, parts } : no("Something follows the last boundary.");
    }
    if (!isLineEnd(bytes, at)) return no("A line with the boundary holds something else.");
    if (parts.length >= limits.partsMax) return no(`The body has more than ${limits.partsMax} fields.`);
    const headStart = at + 2;
    // The head ends with an empty line: the one before it, or its own.
    const headEnd = isLineEnd(bytes, headStart) ? headStart : bytes.indexOf("\r\n\r\n", headStart, "latin1");
    if (headEnd < 0 || headEnd - headStart > limits.headBytesMax) {
      return no(`The head of a part does not end within ${limits.headBytesMax} bytes.`);
    }
    const start = headEnd === headStart ? headStart + 2 : headEnd + 4;
    const next = bytes.indexOf(delimiter, headStart);
    if (next < 0) return no("The body does not end with its boundary.");
    // Behind a head that has no content of its own, or inside of one: some would go on to the next boundary.
    if (next - 2 < start || !isLineEnd(bytes, next - 2)) return no("The boundary stands inside a part.");
    const head = readPartHead(bytes.subarray(headStart, headEnd), next - 2 - start);
    if (typeof head === "string") return no(head);
    parts.push({ ...head, start, end: next - 2 });
    at = next + delimiter.length;
  }
}

function isLineEnd(bytes: Buffer, at: number): boolean {
  return bytes[at] === CR && bytes[at + 1] === LF;
}

function isEnd(bytes: Buffer, at: number): boolean {
  return at === bytes.length || (at + 2 === bytes.length && isLineEnd(bytes, at));
}

function no(problem: string): MultipartReading {
  return { ok: false, problem };
}
