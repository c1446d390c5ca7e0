// Where codes may be sent to: nowhere that somebody else could be (RFC 9700 4.1, RFC 8252 7).
import type { ClientProfile } from "./client-store.ts";

/** What a browser would read otherwise than it is written: relative to a page of ours, or with another host behind an `@`. */
const WEB = /^https?:\/\/[^/@\\]+(\/[^\\]*)?$/i;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
/** With a domain of the application's maker in it: others do not take it by accident. */
const OWN_SCHEME = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:/i;
/** A fragment, or a wildcard, would let somebody else's page take the code. */
export const REDIRECT_URI = /^[a-z][a-z0-9+.-]*:[^\s#*]+$/i;

export function isSafeRedirect(uri: string, profile: ClientProfile): boolean {
  const url = REDIRECT_URI.test(uri) ? URL.parse(uri) : null;
  if (url === null) return false;
  const { protocol, hostname } = url;
  if (protocol === "https:") return WEB.test(uri);
  if (protocol === "http:") return WEB.test(uri) && LOOPBACK.has(hostname);
  return profile === "public" && OWN_SCHEME.test(uri);
}
