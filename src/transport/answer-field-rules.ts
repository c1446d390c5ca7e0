// Which answer fields never reach a client: between hops, fingerprints of what runs behind, and what only the gate may say.

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
  ["x-owa-version", "x-jenkins", "x-jenkins-session", "x-chromelogger-data", "x-chromephp-data", "x-php-version"],
].flat();

/** Alt-Svc would lead clients around the gate; HSTS and the request id are the gate's to say. */
const GATES_OWN = ["alt-svc", "strict-transport-security", "public-key-pins", "x-request-id"];

export const DROPPED: ReadonlySet<string> = new Set([...HOP_BY_HOP, ...FINGERPRINTS, ...GATES_OWN]);
