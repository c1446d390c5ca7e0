// Which network an address belongs to: requests of ours must not be led to places that only this machine can see (CWE-918).
import { BlockList, isIPv4, isIPv6 } from "node:net";

export type AddressKind = "public" | "private" | "loopback" | "never";

const LOOPBACK = listOf(["127.0.0.0/8", "::1/128"]);
/** RFC 1918, RFC 6598, RFC 4193. */
const PRIVATE = listOf(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"]);
/**
 * Nobody's server stands there: link-local (with the metadata services of the clouds), unspecified, multicast, broadcast,
 * reserved and documentation ranges (RFC 6890), addresses that embed others (6to4, Teredo, NAT64), and the two metadata
 * services that stand in private ranges (AWS over IPv6, Alibaba).
 */
const NEVER = listOf([
  "169.254.0.0/16",
  "fe80::/10",
  "100.100.100.200/32",
  "fd00:ec2::254/128",
  "0.0.0.0/8",
  "::/128",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "ff00::/8",
  "100::/64",
  "2001::/32",
  "2001:db8::/32",
  "2002::/16",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
]);

/** What kind of address it is. IPv4 inside IPv6 is judged as IPv4; what is no address is `never`. */
export function addressKind(address: string): AddressKind {
  const family = isIPv4(address) ? "ipv4" : isIPv6(address) ? "ipv6" : undefined;
  if (family === undefined) return "never";
  // BlockList compares IPv4-mapped IPv6 addresses with IPv4 rules itself.
  if (NEVER.check(address, family)) return "never";
  if (LOOPBACK.check(address, family)) return "loopback";
  return PRIVATE.check(address, family) ? "private" : "public";
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const slash = range.indexOf("/");
    const network = range.slice(0, slash);
    list.addSubnet(network, Number(range.slice(slash + 1)), isIPv4(network) ? "ipv4" : "ipv6");
  }
  return list;
}
