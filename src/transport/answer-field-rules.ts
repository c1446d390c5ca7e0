// Which answer fields never reach a client: between hops, fingerprints of what runs behind, and what only the gate may say.

import { isToken } from "../http/tokens.ts";

/** Between two hops (RFC 9110 7.6.1). The gate frames the answer anew. */
const HOP_BY_HOP = [
  ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te", "trailer"],
  ["proxy-authenticate", "proxy-authentication-info"],
].flat();

/** Names and versions of what runs behind: the first thing that an attacker looks for (R05, CWE-200). */
const FINGERPRINTS = [
  ["server", "via", "x-powered-by", "x-powered-cms", "x-powered-by-plesk", "x-aspnet-version", "x-aspnetmvc-version"],
  ["x-aspnet-mvc-version", "x-generator", "x-runtime", "x-rack-cache", "x-drupal-cache", "x-cms-version"],
  ["x-drupal-dynamic-cache", "x-varnish", "x-backend-server", "x-backend", "x-backend-host", "x-server", "x-host"],
  ["x-server-name", "x-servername", "x-served-by", "x-upstream", "x-upstream-addr", "x-real-server"],
  ["x-hostname", "x-pod", "x-pod-name", "x-envoy-upstream-service-time"],
  ["x-envoy-decorator-operation", "x-envoy-attempt-count", "x-envoy-peer-metadata", "x-envoy-peer-metadata-id"],
  ["x-kong-upstream-latency", "x-kong-proxy-latency", "x-litespeed-cache", "x-turbo-charged-by", "x-page-speed"],
  ["x-mod-pagespeed", "x-application-context", "x-debug-token", "x-debug-token-link", "x-debug-exception"],
  ["x-debug-exception-file", "liferay-portal", "microsoftsharepointteamservices", "microsoftofficewebserver"],
  // What only a web server between the API and us should read, and where sources lie.
  ["x-sendfile", "x-lighttpd-send-file", "x-sourcemap", "sourcemap", "x-amzn-requestid", "x-amz-cf-id", "x-cache"],
  ["x-owa-version", "x-jenkins", "x-jenkins-session", "x-chromelogger-data", "x-chromephp-data", "x-php-version"],
].flat();

/** Alt-Svc would lead clients around the gate; HSTS and the request id are the gate's to say. */
const GATES_OWN = ["alt-svc", "strict-transport-security", "public-key-pins", "x-request-id"];

const NOT_FOR_CLIENTS: ReadonlySet<string> = new Set([...HOP_BY_HOP, ...FINGERPRINTS, ...GATES_OWN]);

/** What the gate does about an answer field; 0 where it passes as it is. */
export const INVALID = 1;
export const DROPPED = 2;
/** Names other fields that end at this hop. */
export const NAMES_OTHERS = 4;
export const CACHING = 8;
/** Tells shared caches what is not for the client's own. */
export const SHARED_CACHES = 16;
export const PAGE_POLICY = 32;
export const MEDIA_TYPE = 64;

/** An API has few names; the memory is emptied when it is full. */
const REMEMBERED_MAX = 512;
const REMEMBERED_CHARACTERS_MAX = 64;
const remembered = new Map<string, number>();

/** Asked for each field of each answer: a spelling that came before is judged by one look-up. */
export function answerFieldFlags(name: string): number {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const flags = isToken(name) ? flagsOf(name.toLowerCase()) : INVALID;
  if (remembered.size >= REMEMBERED_MAX) remembered.clear();
  if (name.length <= REMEMBERED_CHARACTERS_MAX) remembered.set(name, flags);
  return flags;
}

function flagsOf(lower: string): number {
  switch (lower) {
    case "connection":
      return DROPPED | NAMES_OTHERS;
    // The gate says it, whatever the upstream says.
    case "x-content-type-options":
      return DROPPED;
    case "cache-control":
      return CACHING;
    case "cdn-cache-control":
    case "surrogate-control":
    case "x-accel-expires":
      return SHARED_CACHES;
    case "content-security-policy":
      return PAGE_POLICY;
    case "content-type":
      return MEDIA_TYPE;
    default:
      return NOT_FOR_CLIENTS.has(lower) || lower.startsWith("x-accel-") ? DROPPED : 0;
  }
}
