// Reads the request target: what two readers could understand differently is refused, all else is kept byte for byte.
import { encodedByte, encodedCharacterEnd } from "./percent.ts";
import { hexValue } from "./tokens.ts";

/** Why a target is refused. A public sentence for each stands in `TARGET_FAULTS`. */
export type TargetFault = keyof typeof TARGET_FAULTS;

export const TARGET_FAULTS = Object.freeze({
  form: "The target must begin with a slash: absolute URLs, `*` and authorities are not served.",
  "dot-segment": "The path has a segment `.` or `..`.",
  "empty-segment": "The path has two slashes in a row.",
  "encoded-slash": "The path has an encoded slash or a backslash.",
  "path-parameter": "The path has a semicolon.",
  "encoded-unreserved": "The path percent-encodes a letter, a digit or one of - . _ ~, which must be sent plain.",
  "double-encoding": "The path is percent-encoded twice.",
  "percent-invalid": "A percent sign is not followed by two hexadecimal digits.",
  "utf-8-invalid": "The percent-encoded bytes are not valid UTF-8.",
  control: "The target holds a control character.",
  character: "The target holds a character that must be percent-encoded.",
  fragment: "The target has a fragment.",
} as const);

/** Kinds of codes in a path. What is left at 0 is not allowed there (RFC 3986 3.3). */
const PLAIN = 1;
const SLASH = 2;
const DOT = 3;
const PERCENT = 4;
const SEMICOLON = 5;
const KIND = new Uint8Array(128);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~!$&'()*+,=:@") {
  KIND[char.charCodeAt(0)] = PLAIN;
}
KIND[0x2f] = SLASH;
KIND[0x2e] = DOT;
KIND[0x25] = PERCENT;
KIND[0x3b] = SEMICOLON;

/**
 * Judges an origin-form target (RFC 9112 3.2.1) in one pass. A number is where its `?` stands, or its length where it
 * has none; a text is why it is refused. `pathParameters` allows semicolons, for documents that use `style: matrix`.
 *
 * Refused on purpose although RFC 3986 knows them: `;` and `%3B` (servlet containers cut them off), `%2F` and `%5C`
 * (some servers split there), encoded unreserved characters (`/%61dmin` is `/admin` to whoever decodes before routing),
 * and `%25` where it hides a second encoding (so a path cannot name the literal text `%41`).
 */
export function judgeTarget(target: string, pathParameters: boolean): number | TargetFault {
  if (target.charCodeAt(0) !== 0x2f) return "form";
  const length = target.length;
  let segmentStart = 1;
  /** How many leading dots the segment has, or -1 once it has anything else. */
  let dots = 0;
  /** How much of a percent sign and two hex digits the decoded text just ended with. */
  let hidden = 0;
  let i = 1;
  for (; i < length;) {
    const code = target.charCodeAt(i);
    const kind = code < 128 ? KIND[code] : 0;
    if (kind === PLAIN) {
      dots = -1;
      if (hidden > 0) {
        hidden = hexValue(code) < 0 ? 0 : hidden + 1;
        if (hidden === 3) return "double-encoding";
      }
      i += 1;
    } else if (kind === SLASH) {
      if (dots === 1 || dots === 2) return "dot-segment";
      if (i === segmentStart) return "empty-segment";
      segmentStart = i + 1;
      dots = hidden = 0;
      i += 1;
    } else if (kind === DOT) {
      if (dots >= 0) dots += 1;
      hidden = 0;
      i += 1;
    } else if (kind === PERCENT) {
      const byte = encodedByte(target, i);
      if (byte >= 0x80) {
        const end = encodedCharacterEnd(target, i, byte);
        if (end < 0) return "utf-8-invalid";
        hidden = 0;
        i = end;
      } else {
        const fault = judgeEncoded(byte, pathParameters);
        if (fault !== undefined) {
          // A hex digit that completes a hidden sequence is encoded itself: say what it is about.
          return fault === "encoded-unreserved" && hidden > 0 ? "double-encoding" : fault;
        }
        hidden = byte === 0x25 ? 1 : 0;
        i += 3;
      }
      dots = -1;
    } else if (kind === SEMICOLON) {
      if (dots === 1 || dots === 2) return "dot-segment";
      if (!pathParameters) return "path-parameter";
      dots = -1;
      hidden = 0;
      i += 1;
    } else if (code === 0x3f) {
      break;
    } else {
      return judgeOutlaw(code);
    }
  }
  if (dots === 1 || dots === 2) return "dot-segment";
  return i === length ? length : (judgeQuery(target, i + 1) ?? i);
}

/** An ASCII byte that the path encodes. */
function judgeEncoded(byte: number, pathParameters: boolean): TargetFault | undefined {
  if (byte < 0) return "percent-invalid";
  if (byte < 0x20 || byte === 0x7f) return "control";
  if (byte === 0x2f || byte === 0x5c) return "encoded-slash";
  if (byte === 0x3b) return pathParameters ? undefined : "path-parameter";
  if (isUnreserved(byte)) return "encoded-unreserved";
  return undefined;
}

function isUnreserved(byte: number): boolean {
  const letter = byte | 0x20;
  return (
    (letter >= 0x61 && letter <= 0x7a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x2d && byte <= 0x2e) ||
    byte === 0x5f ||
    byte === 0x7e
  );
}

/** A code that no target may hold where it stands. */
function judgeOutlaw(code: number): TargetFault {
  if (code === 0x23) return "fragment";
  if (code === 0x5c) return "encoded-slash";
  return code < 0x20 || code === 0x7f ? "control" : "character";
}

/**
 * The query is data: any printable ASCII and any encoded character pass, also twice encoded ones (a URL inside a
 * URL). Refused is what readers cut or repair differently: controls, `#`, bad percent-encoding, invalid UTF-8, `%00`.
 */
function judgeQuery(target: string, start: number): TargetFault | undefined {
  for (let i = start; i < target.length;) {
    const code = target.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f || code === 0x23) return judgeOutlaw(code);
    if (code !== 0x25) {
      i += 1;
      continue;
    }
    const byte = encodedByte(target, i);
    if (byte < 0) return "percent-invalid";
    if (byte === 0) return "control";
    if (byte < 0x80) {
      i += 3;
      continue;
    }
    i = encodedCharacterEnd(target, i, byte);
    if (i < 0) return "utf-8-invalid";
  }
  return undefined;
}
