// A set of addresses and networks (CIDR), compiled once: whose word about a client's address is believed.
import { mappedIPv4, parseIPv4, parseIPv6 } from "./addresses.ts";

interface IPv4Network {
  readonly address: number;
  readonly mask: number;
}

interface IPv6Network {
  readonly groups: readonly number[];
  readonly masks: readonly number[];
}

/** What is wrong with an entry of a set, in a sentence. */
export class AddressSetError extends Error {
  readonly entry: string;

  constructor(entry: string, message: string) {
    super(message);
    this.name = "AddressSetError";
    this.entry = entry;
  }
}

export class AddressSet {
  readonly #ipv4: readonly IPv4Network[];
  readonly #ipv6: readonly IPv6Network[];

  /** Throws AddressSetError for what is neither `10.0.0.1`, `10.0.0.0/8`, `::1` nor `fd00::/8`. */
  constructor(entries: readonly string[]) {
    const ipv4: IPv4Network[] = [];
    const ipv6: IPv6Network[] = [];
    for (const entry of entries) compile(entry, ipv4, ipv6);
    this.#ipv4 = ipv4;
    this.#ipv6 = ipv6;
  }

  get isEmpty(): boolean {
    return this.#ipv4.length === 0 && this.#ipv6.length === 0;
  }

  /** Whether the address, in any valid spelling, is in the set. What is no address is in no set. */
  has(address: string): boolean {
    const ipv4 = parseIPv4(address);
    if (ipv4 >= 0) return this.#hasIPv4(ipv4);
    const groups = parseIPv6(address);
    if (groups === undefined) return false;
    const mapped = mappedIPv4(groups);
    if (mapped >= 0) return this.#hasIPv4(mapped);
    return this.#ipv6.some((network) =>
      network.masks.every((mask, i) => ((groups[i] as number) & mask) === network.groups[i]),
    );
  }

  #hasIPv4(address: number): boolean {
    for (const network of this.#ipv4) if ((address & network.mask) >>> 0 === network.address) return true;
    return false;
  }
}

function compile(entry: string, ipv4: IPv4Network[], ipv6: IPv6Network[]): void {
  const slash = entry.indexOf("/");
  const text = slash < 0 ? entry : entry.slice(0, slash);
  const quad = parseIPv4(text);
  const groups = quad < 0 ? parseIPv6(text) : undefined;
  if (quad < 0 && groups === undefined) {
    throw new AddressSetError(entry, `"${entry}" is neither an address (10.0.0.1, ::1) nor a network (10.0.0.0/8).`);
  }
  const bits = quad < 0 ? 128 : 32;
  const prefix = slash < 0 ? bits : prefixLength(entry.slice(slash + 1), bits);
  if (prefix < 0) throw new AddressSetError(entry, `The prefix of "${entry}" must be a number from 1 to ${bits}.`);
  if (groups === undefined) {
    const mask = (0xffffffff << (32 - prefix)) >>> 0;
    const address = (quad & mask) >>> 0;
    if (address !== quad) throw new AddressSetError(entry, `"${entry}" has bits set beyond its prefix.`);
    ipv4.push({ address, mask });
    return;
  }
  if (mappedIPv4(groups) >= 0) {
    throw new AddressSetError(entry, `"${entry}" is IPv4 written as IPv6: write it as IPv4.`);
  }
  const masks = groups.map((_, i) => (0xffff << Math.max(0, 16 - Math.max(0, prefix - i * 16))) & 0xffff);
  if (groups.some((group, i) => (group & ~(masks[i] as number)) !== 0)) {
    throw new AddressSetError(entry, `"${entry}" has bits set beyond its prefix.`);
  }
  ipv6.push({ groups, masks });
}

/** A prefix of 0 would mean everybody: never wanted where a set says whom to believe. */
function prefixLength(text: string, bits: number): number {
  if (!/^[1-9][0-9]{0,2}$/.test(text)) return -1;
  const prefix = Number(text);
  return prefix <= bits ? prefix : -1;
}
