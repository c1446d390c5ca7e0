// Reads header and cookie parameters from the field lines as they came.
import type { Fields } from "../http/fields.ts";
import { trimWhitespace } from "../http/tokens.ts";
import { UNKNOWN_SHAPE } from "./parameter-shape.ts";
import { readDelimited, readSimple, readSingle, type ShapedParameter } from "./parameter-style.ts";
import { ABSENT, GIVEN_TWICE, Malformed, ObjectBuilder, readArray } from "./parameter-value.ts";

const EMPTY_ELEMENT: Malformed = new Malformed("must not have empty elements");
const QUOTED: Malformed = new Malformed("must not be in quotes");
const ENCODED_PLAIN: Malformed = new Malformed("must have letters, digits and - . _ as they are, not percent-encoded");
/** What `encodeURIComponent`, PHP, Python and Java all leave as it is. */
const PLAIN_ENCODED = /%(?:2[de]|3[0-9]|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9a])/i;

/** A header parameter. Several lines are one list (RFC 9110 5.3), so only arrays may come in several. */
export function readHeaderParameter({ parameter, shape }: ShapedParameter, fields: Fields): unknown {
  const count = fields.count(parameter.name);
  if (count === 0) return ABSENT;
  const list = parameter.content === undefined && shape.kind === "array";
  if (count > 1 && !list) return GIVEN_TWICE;
  const raw = count === 1 ? (fields.get(parameter.name) as string) : fields.all(parameter.name).join(",");
  if (parameter.content !== undefined) return raw;
  if (shape.kind === "scalar") return readSingle(trimWhitespace(raw), shape, "none");
  // White space around commas is no part of an element (RFC 9110 5.6.1).
  const compact = raw.split(",").map(trimWhitespace).join(",");
  // Recipients drop empty elements (RFC 9110 5.6.1.2): they would read fewer items than were judged.
  if (compact === "" || compact.startsWith(",") || compact.endsWith(",") || compact.includes(",,"))
    return EMPTY_ELEMENT;
  return readSimple(compact, parameter.explode, shape, "none");
}

/** Cookies of a request by name, in order. Names are compared as they are (RFC 6265 4.2). */
export type Cookies = ReadonlyMap<string, readonly string[]>;

const COOKIES_MAX = 1_000;

/**
 * All cookies; undefined where there are too many to look at. http/cookies.ts reads by RFC 6265's grammar; here other
 * parties' cookies with commas or without `=` must not spoil a declared one, and the schema judges that. White space
 * around names and values is cut as all servers do (RFC 6265 5.2): `session =x` is `session`. At the ends of a value that is space
 * and tab alone: a no-break space is a byte of it to most.
 */
export function parseCookies(fields: Fields): Cookies | undefined {
  const cookies = new Map<string, string[]>();
  let count = 0;
  for (const line of fields.all("cookie")) {
    for (const part of line.split(";")) {
      const equals = part.indexOf("=");
      count += 1;
      if (count > COOKIES_MAX) return undefined;
      const name = part.slice(0, Math.max(equals, 0)).trim();
      if (name === "") continue;
      const value = trimWhitespace(part.slice(equals + 1));
      const values = cookies.get(name);
      if (values === undefined) cookies.set(name, [value]);
      else values.push(value);
    }
  }
  return cookies;
}

/** A cookie parameter, style `form` (percent-encoded) or `cookie` (as it is, OpenAPI 3.2). */
export function readCookieParameter({ parameter, shape }: ShapedParameter, cookies: Cookies): unknown {
  const decoding = parameter.style === "cookie" ? "none" : "percent";
  const { explode } = parameter;
  if (explode && parameter.content === undefined && shape.kind === "object") {
    const builder = new ObjectBuilder(shape, decoding);
    let found = false;
    for (const name of shape.properties.keys()) {
      for (const raw of cookies.get(name) ?? []) {
        if (decoding === "percent" && PLAIN_ENCODED.test(raw)) return ENCODED_PLAIN;
        builder.add(name, raw);
        found = true;
      }
    }
    return found ? builder.result() : ABSENT;
  }
  const values = cookies.get(parameter.name);
  if (values === undefined) return ABSENT;
  // Some readers take the quotes off, some read escapes between them, some leave them.
  if (values.some((value) => value.startsWith('"'))) return QUOTED;
  // Half of the servers decode cookies, half do not. No client encodes what needs none.
  if (decoding === "percent" && values.some((value) => PLAIN_ENCODED.test(value))) return ENCODED_PLAIN;
  if (explode && parameter.content === undefined && shape.kind === "array") return readArray(values, shape, decoding);
  if (values.length > 1) return GIVEN_TWICE;
  const raw = values[0] as string;
  if (parameter.content !== undefined) return readSingle(raw, UNKNOWN_SHAPE, decoding);
  return readDelimited(raw, ",", shape, decoding);
}
