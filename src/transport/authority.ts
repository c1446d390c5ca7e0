// The Host a request names: its grammar, and whether this server answers for it.
import { parseIPv4, parseIPv6 } from "../http/addresses.ts";

/** Letters, digits, `-`, `.`, `_`: what host names are made of. Percent-encoding, commas and userinfo have no place. */
function isNameCode(code: number): boolean {
  const letter = code | 0x20;
  return (
    (letter >= 0x61 && letter <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x5f
  );
}

/** Where the host of a valid authority ends and its `:port` may begin; -1 where it is not valid (RFC 9110 4.2.4, 7.2). */
export function hostEnd(authority: string): number {
  const length = authority.length;
  if (length === 0 || length > 270) return -1;
  let end: number;
  if (authority.charCodeAt(0) === 0x5b) {
    end = authority.indexOf("]") + 1;
    if (end === 0 || parseIPv6(authority.slice(1, end - 1)) === undefined) return -1;
  } else {
    end = 0;
    while (end < length && isNameCode(authority.charCodeAt(end))) end += 1;
    if (end === 0 || !isHostName(authority, end)) return -1;
  }
  return end === length || isPort(authority, end) ? end : -1;
}

/** No empty label but a last one; and what looks like an IPv4 address is one: `0x7f.1` and `127.1` are not names. */
function isHostName(authority: string, end: number): boolean {
  let previous = 0x2e;
  let labelStart = 0;
  for (let i = 0; i < end; i += 1) {
    const code = authority.charCodeAt(i);
    if (code === 0x2e) {
      if (previous === 0x2e) return false;
      if (i + 1 < end) labelStart = i + 1;
    }
    previous = code;
  }
  const first = authority.charCodeAt(labelStart);
  return first < 0x30 || first > 0x39 || parseIPv4(authority.slice(0, end)) >= 0;
}

function isPort(authority: string, colon: number): boolean {
  const digits = authority.length - colon - 1;
  if (authority.charCodeAt(colon) !== 0x3a || digits < 1 || digits > 5) return false;
  let port = 0;
  for (let i = colon + 1; i < authority.length; i += 1) {
    const digit = authority.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
  }
  return port >= 1 && port <= 65_535;
}

/** The hosts that this server answers for. One given with its port is known with that port only, else with any. */
export class KnownAuthorities {
  readonly #known: ReadonlySet<string>;

  constructor(authorities: readonly string[]) {
    this.#known = new Set(authorities.map((authority) => authority.toLowerCase()));
  }

  /** `end` is what `hostEnd` gave for it. */
  has(authority: string, end: number): boolean {
    if (this.#known.has(authority)) return true;
    const lower = authority.toLowerCase();
    if (this.#known.has(lower)) return true;
    // A name with its root's dot is the same name (RFC 3986 3.2.2).
    const host = lower.charCodeAt(end - 1) === 0x2e ? lower.slice(0, end - 1) : lower.slice(0, end);
    return this.#known.has(host) || this.#known.has(host + lower.slice(end));
  }
}
