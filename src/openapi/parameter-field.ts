// Reads header and cookie parameters from the field lines as they came.
import type { Fields } from "../http/fields.ts";
import { UNKNOWN_SHAPE } from "./parameter-shape.ts";
import { readDelimited, readSimple, readSingle, type ShapedParameter } from "./parameter-style.ts";
import { ABSENT, GIVEN_TWICE, ObjectBuilder, readArray } from "./parameter-value.ts";

/** A header parameter. Several lines are one list (RFC 9110 5.3), so only arrays may come in several. */
export function readHeaderParameter({ parameter, shape }: ShapedParameter, fields: Fields): unknown {
  const count = fields.count(parameter.name);
  if (count === 0) return ABSENT;
  const list = parameter.content === undefined && shape.kind === "array";
  if (count > 1 && !list) return GIVEN_TWICE;
  const raw = count === 1 ? (fields.get(parameter.name) as string) : fields.all(parameter.name).join(",");
  if (parameter.content !== undefined) return raw;
  if (shape.kind === "scalar") return readSingle(raw.trim(), shape, "none");
  // White space around commas is no part of an element (RFC 9110 5.6.1).
  const compact = raw.trim().replace(/[ \t]*,[ \t]*/g, ",");
  return readSimple(compact, parameter.explode, shape, "none");
}

/** Cookies of a request by name, in order. Names are compared as they are (RFC 6265 4.2). */
export type Cookies = ReadonlyMap<string, readonly string[]>;

const COOKIES_MAX = 1_000;

/**
 * All cookies. http/cookies.ts reads by RFC 6265's grammar; here other parties' cookies with commas or without `=` must
 * not spoil a declared one, and the schema judges that.
 */
export function parseCookies(fields: Fields): Cookies {
  const cookies = new Map<string, string[]>();
  let count = 0;
  for (const line of fields.all("cookie")) {
    for (const part of line.split(";")) {
      const pair = part.trim();
      if (pair === "") continue;
      const equals = pair.indexOf("=");
      count += 1;
      if (equals < 1) continue;
      if (count > COOKIES_MAX) return cookies;
      const name = pair.slice(0, equals);
      const values = cookies.get(name);
      if (values === undefined) cookies.set(name, [pair.slice(equals + 1)]);
      else values.push(pair.slice(equals + 1));
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
        builder.add(name, raw);
        found = true;
      }
    }
    return found ? builder.result() : ABSENT;
  }
  const values = cookies.get(parameter.name);
  if (values === undefined) return ABSENT;
  if (explode && parameter.content === undefined && shape.kind === "array") return readArray(values, shape, decoding);
  if (values.length > 1) return GIVEN_TWICE;
  const raw = values[0] as string;
  if (parameter.content !== undefined) return readSingle(raw, UNKNOWN_SHAPE, decoding);
  return readDelimited(raw, ",", shape, decoding);
}
