// Server-side request forgery (CWE-918): an address that only the API's own machine or network can reach.
import { mappedIPv4, parseIPv4, parseIPv6 } from "../../http/addresses.ts";
import type { InjectionClass } from "./class.ts";

const ADDRESS = /^[a-z][a-z0-9+.-]{1,20}:[\\/]{1,4}[^\s]+$|^\/\/[^\s/]+/i;
/** Schemes that clients of other protocols than HTTP understand. */
const OTHER_SCHEMES =
  /^(?:gopher|dict|ldaps?|tftp|sftp|netdoc|jar|imap|smtp|telnet|redis|mongodb|mysql|postgres(?:ql)?|unix|smb|rmi):/i;
const INNER_NAMES =
  /^(?:localhost|.*\.localhost|localhost\.localdomain|ip6-localhost|metadata|metadata\.google\.internal|.*\.internal|instance-data|kubernetes(?:\.default.*)?|host\.docker\.internal|.*\.cluster\.local|localtest\.me|.*\.localtest\.me|lvh\.me|.*\.lvh\.me|.*\.(?:nip|sslip|xip)\.io)$/i;

export const SERVER_REQUEST: InjectionClass = {
  name: "server-request",
  title: "an address of the inside",
  needs: ":/",
  charactersMin: 8,
  detects(text) {
    const value = text.trim();
    if (value.length > 2_048 || !ADDRESS.test(value)) return false;
    if (OTHER_SCHEMES.test(value)) return true;
    const host = hostOf(value);
    // Behind two slashes alone, a name without a dot is a comment or a path.
    return host !== undefined && isInside(host, !value.startsWith("//"));
  },
};

/** As clients read it: numbers in any spelling, other letters for the same, a name and password before it. */
function hostOf(value: string): string | undefined {
  try {
    const url = new URL(
      value.startsWith("//") ? `http:${value}` : value.replace(/^[a-z][a-z0-9+.-]*:[\\/]+/i, "http://"),
    );
    return url.hostname.replace(/\.$/, "");
  } catch {
    return undefined;
  }
}

function isInside(host: string, hasScheme: boolean): boolean {
  if (host.startsWith("[")) return isInsideIPv6(host.slice(1, -1));
  const address = parseIPv4(host);
  if (address >= 0) return isInsideIPv4(address);
  return INNER_NAMES.test(host) || (hasScheme && !host.includes("."));
}

/** Loopback, private, link-local (where clouds keep their metadata), shared and this-network addresses (RFC 6890). */
function isInsideIPv4(address: number): boolean {
  const a = Math.floor(address / 2 ** 24);
  const b = Math.floor(address / 2 ** 16) % 256;
  if (a === 127 || a === 10 || a === 0 || a >= 224) return true;
  if (a === 169) return b === 254;
  if (a === 172) return b >= 16 && b < 32;
  if (a === 100) return b >= 64 && b < 128;
  return (a === 192 && b === 168) || (a === 198 && (b === 18 || b === 19));
}

function isInsideIPv6(text: string): boolean {
  const groups = parseIPv6(text);
  if (groups === undefined) return false;
  const mapped = mappedIPv4(groups);
  if (mapped >= 0) return isInsideIPv4(mapped);
  const first = groups[0] as number;
  if (groups.slice(0, 7).every((group) => group === 0)) return true;
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80 || first === 0x64;
}
