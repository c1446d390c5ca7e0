// Whether a proof was made for the address of this request, as the client used it (RFC 9449 4.3, RFC 3986 6.2).
import type { RequestHead } from "../core/exchange.ts";

/** Scheme, authority, path; query and fragment do not count. No userinfo, no backslash: those are read in more than one way. */
const ADDRESS = /^(https?:)\/\/([^/?#@\\\s]+)(\/[^?#\\\s]*)?(?:[?#].*)?$/i;

interface Address {
  /** In lower case, without the port that its scheme has anyhow. */
  readonly origin: string;
  readonly path: string;
}

/** `https://api.example.com`, undefined where it is no http or https address. */
export function originOfAddress(text: string): string | undefined {
  return parseAddress(text)?.origin;
}

function parseAddress(text: string): Address | undefined {
  const [, scheme, authority, path = ""] = ADDRESS.exec(text) ?? [];
  if (scheme === undefined || authority === undefined) return undefined;
  return { origin: originOf(scheme.toLowerCase(), authority), path };
}

/**
 * The path is compared as it stands: it is what was matched and what goes on. `publicOrigin`: where the owner says that the gate is
 * reached, beside what this request says.
 */
export function isAddressOf(htu: string, request: RequestHead, publicOrigin: string | undefined): boolean {
  const said = parseAddress(htu);
  if (said === undefined || (said.path || "/") !== request.path) return false;
  const { secure, authority } = request;
  return said.origin === publicOrigin || said.origin === originOf(secure ? "https:" : "http:", authority);
}

function originOf(scheme: string, authority: string): string {
  const host = authority.toLowerCase();
  const port = scheme === "https:" ? ":443" : ":80";
  return `${scheme}//${host.endsWith(port) ? host.slice(0, -port.length) : host}`;
}
