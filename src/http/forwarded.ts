// Reads X-Forwarded-For and Forwarded (RFC 7239), and finds the client: the rightmost address that is not a trusted proxy.
import type { AddressSet } from "./address-set.ts";
import { normalizeAddress } from "./addresses.ts";
import { quotedEnd, unquote } from "./quoted-string.ts";
import { equalsIgnoringCase, isBlank, isTokenCode, trimWhitespace } from "./tokens.ts";

/** One element of Forwarded: who asked whoever wrote it, and how. Values as they came, quotes removed. */
export interface ForwardedElement {
  readonly for: string | undefined;
  readonly proto: string | undefined;
}

/**
 * The client by X-Forwarded-For as a trusted peer sent it. Walks from the right: each address was written by the one
 * to its right, so it is believed as long as that one is trusted. Undefined: an element that had to be read is malformed.
 */
export function clientByForwardedFor(lines: readonly string[], trusted: AddressSet, peer: string): string | undefined {
  let client = peer;
  for (let line = lines.length - 1; line >= 0; line -= 1) {
    const text = lines[line] as string;
    let end = text.length;
    for (;;) {
      const comma = end === 0 ? -1 : text.lastIndexOf(",", end - 1);
      const element = trimWhitespace(text.slice(comma + 1, end));
      if (equalsIgnoringCase(element, "unknown")) return client;
      const address = nodeAddress(element);
      if (address === undefined) return undefined;
      client = address;
      if (!trusted.has(address)) return client;
      if (comma < 0) break;
      end = comma;
    }
  }
  return client;
}

/** The same for Forwarded. An obfuscated or unknown node ends the walk at the proxy that vouched for it (RFC 7239 6.3). */
export function clientByForwarded(
  elements: readonly ForwardedElement[],
  trusted: AddressSet,
  peer: string,
): string | undefined {
  let client = peer;
  for (let i = elements.length - 1; i >= 0; i -= 1) {
    const node = elements[i]?.for;
    if (node === undefined || equalsIgnoringCase(node, "unknown") || node.startsWith("_")) return client;
    const address = nodeAddress(node);
    if (address === undefined) return undefined;
    client = address;
    if (!trusted.has(address)) return client;
  }
  return client;
}

/** The normalised address of `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`. */
export function nodeAddress(node: string): string | undefined {
  if (node.startsWith("[")) {
    const end = node.indexOf("]");
    if (end < 0 || !isPortSuffix(node, end + 1)) return undefined;
    const inside = node.slice(1, end);
    return inside.includes(":") ? normalizeAddress(inside) : undefined;
  }
  const colon = node.indexOf(":");
  if (colon < 0 || node.includes(":", colon + 1)) return normalizeAddress(node);
  return isPortSuffix(node, colon) ? normalizeAddress(node.slice(0, colon)) : undefined;
}

function isPortSuffix(node: string, at: number): boolean {
  if (at === node.length) return true;
  return /^:[0-9]{1,5}$/.test(node.slice(at));
}

/** All elements of the Forwarded lines, in order, or undefined where the grammar of RFC 7239 4 is broken anywhere. */
export function parseForwarded(lines: readonly string[]): ForwardedElement[] | undefined {
  const elements: ForwardedElement[] = [];
  for (const line of lines) if (!parseLine(line, elements)) return undefined;
  return elements;
}

function parseLine(line: string, elements: ForwardedElement[]): boolean {
  let pairs = new Map<string, string>();
  let i = 0;
  for (;;) {
    while (isBlank(line.charCodeAt(i))) i += 1;
    const nameStart = i;
    while (i < line.length && isTokenCode(line.charCodeAt(i))) i += 1;
    const name = line.slice(nameStart, i).toLowerCase();
    if (name === "" || pairs.has(name) || line.charCodeAt(i) !== 0x3d) return false;
    i += 1;
    const start = i;
    if (line.charCodeAt(i) === 0x22) {
      i = quotedEnd(line, i);
      if (i < 0) return false;
      pairs.set(name, unquote(line, start, i));
    } else {
      // RFC 7239 4 wants quotes around what has a colon; addresses with ports come bare often enough.
      while (i < line.length && (isTokenCode(line.charCodeAt(i)) || line.charCodeAt(i) === 0x3a)) i += 1;
      if (i === start) return false;
      pairs.set(name, line.slice(start, i));
    }
    while (isBlank(line.charCodeAt(i))) i += 1;
    const separator = line.charCodeAt(i);
    if (i < line.length && separator !== 0x2c && separator !== 0x3b) return false;
    if (separator !== 0x3b) {
      elements.push({ for: pairs.get("for"), proto: pairs.get("proto") });
      if (i >= line.length) return true;
      pairs = new Map();
    }
    i += 1;
  }
}
