// Settles, before a connection is made, to which addresses it may go; the connection then goes to those and no others.
import type { LookupAddress } from "node:dns";
import { isIP } from "node:net";
import { type AddressKind, addressKind } from "./addresses.ts";
import { EgressError } from "./egress-error.ts";

/** The port to name resolution: all addresses of a host. */
export type Lookup = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface DestinationRules {
  /** Plain http also beyond loopback. */
  readonly dangerouslyAllowHttp: boolean;
  readonly lookup: Lookup;
}

/** Host without the brackets of an IPv6 literal. */
function hostOf(url: URL): string {
  return url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
}

/**
 * The addresses that `url` may be fetched from. What the owner wrote may stand in the owner's own network; a URL that an
 * answer named may only stand on the same host, on public addresses, or in the network where the configured one stands.
 */
export async function settleDestination(
  url: URL,
  configured: URL,
  rules: DestinationRules,
): Promise<readonly LookupAddress[]> {
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new EgressError("url-refused", url, `${url.protocol} is not spoken here`);
  }
  if (url.username !== "" || url.password !== "") throw new EgressError("url-refused", url, "it has a user name");
  const found = await resolve(url, rules.lookup);
  const permitted = new Set<AddressKind>(["public"]);
  if (hostOf(url) === hostOf(configured)) permitted.add("private").add("loopback");
  else for (const { address } of await resolve(configured, rules.lookup)) permitted.add(addressKind(address));
  permitted.delete("never");
  const addresses = found.filter(({ address }) => permitted.has(addressKind(address)));
  if (addresses.length === 0) throw new EgressError("address-refused", url, "its address is one that is not asked");
  const local = addresses.every(({ address }) => addressKind(address) === "loopback");
  if (url.protocol === "http:" && !local && !rules.dangerouslyAllowHttp) {
    throw new EgressError("url-refused", url, "what is not encrypted goes to this machine only");
  }
  return addresses;
}

async function resolve(url: URL, lookup: Lookup): Promise<readonly LookupAddress[]> {
  const host = hostOf(url);
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  try {
    return await lookup(host);
  } catch {
    throw new EgressError("unreachable", url, "its host name cannot be resolved");
  }
}
