// IP addresses in one spelling each: strict reading, IPv4-mapped IPv6 as IPv4, and the key that limits count by.

/** An IPv4 address as a number from 0, or -1. Dotted decimal only: no leading zeros, no octal, no short forms. */
export function parseIPv4(text: string): number {
  let address = 0;
  let parts = 0;
  let part = -1;
  if (text.length > 15) return -1;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      if (part < 0 || parts === 3) return -1;
      address = address * 256 + part;
      parts += 1;
      part = -1;
    } else if (code >= 0x30 && code <= 0x39) {
      if (part === 0) return -1;
      part = (part < 0 ? 0 : part * 10) + code - 0x30;
      if (part > 255) return -1;
    } else {
      return -1;
    }
  }
  return parts === 3 && part >= 0 ? address * 256 + part : -1;
}

/** The eight groups of an IPv6 address (RFC 4291 2.2), or undefined. Zone identifiers are not addresses: refused. */
export function parseIPv6(text: string): number[] | undefined {
  const groups: number[] = [];
  let gap = -1;
  let i = 0;
  if (text.startsWith("::")) {
    gap = 0;
    i = 2;
  }
  while (i < text.length) {
    if (groups.length === 8) return undefined;
    let end = text.indexOf(":", i);
    if (end < 0) end = text.length;
    const part = text.slice(i, end);
    if (end === text.length && part.includes(".")) {
      const quad = parseIPv4(part);
      if (quad < 0 || groups.length > 6) return undefined;
      groups.push(Math.floor(quad / 65536), quad % 65536);
      i = end;
      break;
    }
    const group = parseGroup(part);
    if (group < 0) return undefined;
    groups.push(group);
    i = end;
    if (i === text.length) break;
    i += 1;
    if (i === text.length) return undefined;
    if (text.charCodeAt(i) === 0x3a) {
      if (gap >= 0) return undefined;
      gap = groups.length;
      i += 1;
    }
  }
  if (gap < 0) return groups.length === 8 ? groups : undefined;
  if (groups.length > 7) return undefined;
  groups.splice(gap, 0, ...Array.from({ length: 8 - groups.length }, () => 0));
  return groups;
}

function parseGroup(part: string): number {
  if (part.length === 0 || part.length > 4) return -1;
  let group = 0;
  for (let i = 0; i < part.length; i += 1) {
    const code = part.charCodeAt(i) | 0x20;
    if (code >= 0x30 && code <= 0x39) group = group * 16 + code - 0x30;
    else if (code >= 0x61 && code <= 0x66) group = group * 16 + code - 0x57;
    else return -1;
  }
  return group;
}

/** The IPv4 address inside `::ffff:a.b.c.d` as a number, or -1. */
export function mappedIPv4(groups: readonly number[]): number {
  for (let i = 0; i < 5; i += 1) if (groups[i] !== 0) return -1;
  return groups[5] === 0xffff ? (groups[6] as number) * 65536 + (groups[7] as number) : -1;
}

/** The one spelling of an address: dotted IPv4, also for IPv4-mapped IPv6, or RFC 5952. Undefined: not an address. */
export function normalizeAddress(text: string): string | undefined {
  if (parseIPv4(text) >= 0) return text;
  const groups = parseIPv6(text);
  if (groups === undefined) return undefined;
  const mapped = mappedIPv4(groups);
  return mapped < 0 ? formatIPv6(groups) : formatIPv4(mapped);
}

/** How much of an address names one client, in bits. */
export interface AddressPrefixes {
  readonly ipv4: number;
  readonly ipv6: number;
}

/** An IPv4 address is one client; of IPv6, one client is given a /64 at least. */
const ADDRESS_PREFIXES: AddressPrefixes = Object.freeze({ ipv4: 32, ipv6: 64 });

/**
 * What limits count by: the network of an address. IPv4 inside IPv6 is IPv4, mapped (RFC 4291 2.5.5.2) or translated
 * (RFC 6052 2.1): whole networks behind one translator are not one client. Who has a 6to4 address has its /48 (RFC 3056 2).
 * What is no address (a local socket) is its own key.
 */
export function addressKey(address: string, prefixes: AddressPrefixes = ADDRESS_PREFIXES): string {
  if (!address.includes(":")) return prefixes.ipv4 === 32 ? address : keyOfIPv4(parseIPv4(address), address, prefixes);
  const groups = parseIPv6(address);
  if (groups === undefined) return address;
  const embedded = embeddedIPv4(groups);
  if (embedded >= 0) return keyOfIPv4(embedded, address, prefixes);
  const bits = groups[0] === 0x2002 ? Math.min(48, prefixes.ipv6) : prefixes.ipv6;
  const network = groups.map((group, i) => group & (0xffff << Math.min(16, Math.max(0, 16 * (i + 1) - bits))));
  return `${formatIPv6(network)}/${bits}`;
}

function keyOfIPv4(number: number, address: string, { ipv4 }: AddressPrefixes): string {
  if (number < 0) return address;
  if (ipv4 === 32) return formatIPv4(number);
  const size = 2 ** (32 - ipv4);
  return `${formatIPv4(Math.floor(number / size) * size)}/${ipv4}`;
}

/** The IPv4 address inside `::ffff:a.b.c.d` or `64:ff9b::a.b.c.d`, or -1. */
function embeddedIPv4(groups: readonly number[]): number {
  const mapped = mappedIPv4(groups);
  if (mapped >= 0 || groups[0] !== 0x64 || groups[1] !== 0xff9b) return mapped;
  for (let i = 2; i < 6; i += 1) if (groups[i] !== 0) return -1;
  return (groups[6] as number) * 65536 + (groups[7] as number);
}

function formatIPv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** RFC 5952 4: lower case, no leading zeros, the first longest run of two or more zero groups cut. */
function formatIPv6(groups: readonly number[]): string {
  let start = -1;
  let longest = 1;
  for (let i = 0; i < 8; i += 1) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run += 1;
    if (run > longest) {
      start = i;
      longest = run;
    }
    if (run > 0) i += run - 1;
  }
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + longest).join(":")}`;
}
