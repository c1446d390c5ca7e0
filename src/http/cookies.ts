// Reads a Cookie field by the grammar of RFC 6265 4.2.1: pairs in order, duplicates visible, nothing repaired.
import { isToken } from "./tokens.ts";

export interface Cookies {
  /** Well-formed pairs in order. Values as they came: quotes stay, nothing is decoded. */
  readonly pairs: readonly (readonly [name: string, value: string])[];
  /** Whether all of the field was well-formed. Pairs that are not are left out. */
  readonly wellFormed: boolean;
}

const NONE: Cookies = Object.freeze({ pairs: Object.freeze([]) as Cookies["pairs"], wellFormed: true });

/** Reads the value of the one Cookie field of a request. */
export function readCookies(value: string | undefined): Cookies {
  if (value === undefined) return NONE;
  const pairs: (readonly [string, string])[] = [];
  let wellFormed = true;
  let start = 0;
  while (start <= value.length) {
    let end = value.indexOf(";", start);
    if (end < 0) end = value.length;
    const equals = value.indexOf("=", start);
    const name = equals < 0 || equals > end ? "" : value.slice(start, equals);
    const content = value.slice(equals + 1, end);
    if (isToken(name) && isCookieValue(content)) pairs.push([name, content]);
    else wellFormed = false;
    if (end === value.length) break;
    // Exactly one space follows a semicolon; anything else is left to the next pair, whose name it spoils.
    start = value.charCodeAt(end + 1) === 0x20 ? end + 2 : end + 1;
    if (start === end + 1) wellFormed = false;
  }
  return { pairs, wellFormed };
}

/** All values of that cookie, in order. Names are compared with letter case. */
export function cookieValues(cookies: Cookies, name: string): string[] {
  const values: string[] = [];
  for (const [candidate, value] of cookies.pairs) if (candidate === name) values.push(value);
  return values;
}

/** cookie-value = *cookie-octet / ( DQUOTE *cookie-octet DQUOTE ) */
function isCookieValue(text: string): boolean {
  const quoted = text.length >= 2 && text.charCodeAt(0) === 0x22 && text.charCodeAt(text.length - 1) === 0x22;
  const end = quoted ? text.length - 1 : text.length;
  for (let i = quoted ? 1 : 0; i < end; i += 1) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f || code === 0x22 || code === 0x2c || code === 0x3b || code === 0x5c) return false;
  }
  return true;
}
