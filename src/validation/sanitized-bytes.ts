// Writes sanitized texts into the bytes that came: all else, digits, order, escapes and spaces, stays as it is.
import type { MultipartPart } from "../http/multipart.ts";
import { skipSpace, stringEnd, valueEnd } from "../openapi/json-text.ts";
import { decodeText } from "../openapi/parameter-value.ts";
import type { Change } from "./sanitized-places.ts";

/** Gives what is to change in one field's text; undefined: nothing. */
export type ChangeField = (name: string, text: string) => string | undefined;

/** `text` must be one JSON value without duplicate members, and `change` made from it. */
export function changeJson(text: string, change: Change): string {
  let out = "";
  let done = 0;
  const walk = (start: number, inner: Change | undefined): number => {
    if (inner === undefined) return valueEnd(text, start);
    if (typeof inner === "string") {
      out += text.slice(done, start) + JSON.stringify(inner);
      done = stringEnd(text, start);
      return done;
    }
    const isObject = text.charAt(start) === "{";
    let at = skipSpace(text, start + 1);
    for (let index = 0; ; index += 1) {
      let key: string | number = index;
      if (isObject) {
        const end = stringEnd(text, at);
        key = nameOf(text.slice(at, end));
        at = skipSpace(text, skipSpace(text, end) + 1);
      }
      at = skipSpace(text, walk(at, inner.get(key)));
      if (text.charAt(at) !== ",") return at + 1;
      at = skipSpace(text, at + 1);
    }
  };
  walk(skipSpace(text, 0), change);
  return out + text.slice(done);
}

function nameOf(raw: string): string {
  return raw.includes("\\") ? (JSON.parse(raw) as string) : raw.slice(1, -1);
}

/** A form that was read, pair by pair. */
export function changeForm(text: string, change: ChangeField): string {
  return text
    .split("&")
    .map((pair) => {
      const equals = pair.indexOf("=");
      if (equals < 0) return pair;
      const name = decodeText(pair.slice(0, equals), "form") as string;
      const changed = change(name, decodeText(pair.slice(equals + 1), "form") as string);
      return changed === undefined ? pair : `${pair.slice(0, equals)}=${encodeField(changed)}`;
    })
    .join("&");
}

/** As browsers write a field (WHATWG URL 5.2). */
function encodeField(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}

/** The fields of a multipart body that was read; files are nobody's text. */
export function changeMultipart(bytes: Buffer, parts: readonly MultipartPart[], change: ChangeField): Buffer {
  const pieces: Buffer[] = [];
  let done = 0;
  for (const { name, filename, start, end } of parts) {
    const changed = filename === undefined ? change(name, bytes.toString("utf8", start, end)) : undefined;
    if (changed === undefined) continue;
    pieces.push(bytes.subarray(done, start), Buffer.from(changed, "utf8"));
    done = end;
  }
  return pieces.length === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(done)]);
}
