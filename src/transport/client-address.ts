// Who the client is: the peer, or whom trusted proxies name. What a stranger says about itself is never read (L01).
import type { AddressSet } from "../http/address-set.ts";
import { normalizeAddress, parseIPv4 } from "../http/addresses.ts";
import type { Fields } from "../http/fields.ts";
import { clientByForwarded, clientByForwardedFor, parseForwarded } from "../http/forwarded.ts";
import { equalsIgnoringCase, trimWhitespace } from "../http/tokens.ts";

/** The one field that the trusted proxies write. The other is not read: they would pass it on as a client forged it. */
export type ForwardingField = "x-forwarded-for" | "forwarded";

export interface Client {
  readonly address: string;
  readonly from: "peer" | ForwardingField;
  /** What the proxy says of its client's connection; undefined where it says nothing that can be believed. */
  readonly secure: boolean | undefined;
}

/** How many peers' verdicts are remembered: proxies are few. */
const REMEMBERED_PEERS = 64;

/** Finds the client of a request. Undefined: a trusted proxy's field is malformed, so that nobody knows who asks. */
export class ClientFinder {
  readonly #trusted: AddressSet;
  readonly #field: ForwardingField;
  readonly #trustedPeers = new Map<string, boolean>();

  constructor(trusted: AddressSet, field: ForwardingField) {
    this.#trusted = trusted;
    this.#field = field;
  }

  /** Whether this peer's word counts. Most gateways trust nobody: then this costs nothing. */
  believes(peerAddress: string): boolean {
    if (this.#trusted.isEmpty) return false;
    let believed = this.#trustedPeers.get(peerAddress);
    if (believed === undefined) {
      believed = this.#trusted.has(withoutZone(peerAddress));
      if (this.#trustedPeers.size >= REMEMBERED_PEERS) this.#trustedPeers.clear();
      this.#trustedPeers.set(peerAddress, believed);
    }
    return believed;
  }

  /** The client that a believed peer names. */
  find(peerAddress: string, fields: Fields): Client | undefined {
    const peer = peerOf(peerAddress);
    return this.#field === "forwarded" ? this.#byForwarded(peer, fields) : this.#byForwardedFor(peer, fields);
  }

  #byForwardedFor(peer: string, fields: Fields): Client | undefined {
    const secure = lastProto(fields);
    if (!fields.has("x-forwarded-for")) return { address: peer, from: "peer", secure };
    const address = clientByForwardedFor(fields.all("x-forwarded-for"), this.#trusted, peer);
    return address === undefined ? undefined : { address, from: "x-forwarded-for", secure };
  }

  #byForwarded(peer: string, fields: Fields): Client | undefined {
    if (!fields.has("forwarded")) return { address: peer, from: "peer", secure: undefined };
    const elements = parseForwarded(fields.all("forwarded"));
    if (elements === undefined) return undefined;
    const address = clientByForwarded(elements, this.#trusted, peer);
    if (address === undefined) return undefined;
    const proto = elements.at(-1)?.proto;
    const secure = proto === undefined ? undefined : equalsIgnoringCase(proto, "https");
    return { address, from: "forwarded", secure };
  }
}

/** The peer's address in its one spelling. What is no address (a local socket) stays as it is. */
export function peerOf(peerAddress: string): string {
  if (!peerAddress.includes(":")) return peerAddress;
  if (peerAddress.startsWith("::ffff:") && parseIPv4(peerAddress.slice(7)) >= 0) return peerAddress.slice(7);
  return normalizeAddress(withoutZone(peerAddress)) ?? peerAddress;
}

/** Sockets show link-local peers as `fe80::1%eth0`. */
function withoutZone(address: string): string {
  const zone = address.indexOf("%");
  return zone < 0 ? address : address.slice(0, zone);
}

/** The last X-Forwarded-Proto is the one that the believed peer wrote; all before it may be anybody's. */
function lastProto(fields: Fields): boolean | undefined {
  const value = fields.all("x-forwarded-proto").at(-1);
  if (value === undefined) return undefined;
  return equalsIgnoringCase(trimWhitespace(value.slice(value.lastIndexOf(",") + 1)), "https");
}
