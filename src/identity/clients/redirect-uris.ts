// Where codes may be sent to: nowhere that somebody else could be (RFC 9700 4.1, RFC 8252 7).
import type { ClientProfile } from "./client-store.ts";

const PUBLIC_SCHEMES = /^(https:|http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/])/;
/** With a domain of the application's maker in it: others do not take it by accident. */
const OWN_SCHEME = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:/i;
/** A fragment, or a wildcard, would let somebody else's page take the code. */
export const REDIRECT_URI = /^[a-z][a-z0-9+.-]*:[^\s#*]+$/i;

export function isSafeRedirect(uri: string, profile: ClientProfile): boolean {
  if (!REDIRECT_URI.test(uri) || !URL.canParse(uri)) return false;
  return PUBLIC_SCHEMES.test(uri) || (profile === "public" && OWN_SCHEME.test(uri));
}
