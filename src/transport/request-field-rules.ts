// What transport knows of request fields by name: which may come once, which the gate relies on, which never go on.
import { isTokenCode } from "../http/tokens.ts";

/** May come only once: two would be read differently by two readers (RFC 9110 5.3). */
export const SINGLE = 1;
/** Never goes on to the upstream as the client sent it: hop-by-hop, or only a trusted party's to say. */
export const WITHHELD = 2;
/** The gate judges or sets it, so no other spelling of its name may come (G09): `Content_Length` is it to CGI and WSGI. */
export const RELIED_ON = 4;
/** The settler looks at its value or forbids it. */
export const JUDGED = 8;

export interface FieldRule {
  /** Lower case. */
  readonly name: string;
  readonly flags: number;
  /** One bit for each SINGLE field. */
  readonly bit: number;
}

const FRAMING = ["Host", "Content-Length", "Transfer-Encoding"];

const ONCE = ["Authorization", "Content-Type", "Content-Encoding", "Cookie", "DPoP", "Origin"];
const ONCE_UNSET = [
  ["Content-Range", "Content-Location", "Range", "If-Range", "If-Modified-Since", "If-Unmodified-Since", "Referer"],
  ["User-Agent", "Date", "Max-Forwards", "From", "Access-Control-Request-Method", "Idempotency-Key"],
].flat();

/** Between two hops only (RFC 9110 7.6.1), or about them. */
const HOP_BY_HOP = ["Keep-Alive", "Proxy-Connection", "TE", "Trailer", "HTTP2-Settings", "Proxy-Authenticate"];

/** What a proxy says about its client. Ours are set afresh; those of others would be believed by the API behind. */
const PROXY_SAYS = [
  ["Via", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "Client-IP", "True-Client-IP", "CF-Connecting-IP"],
  ["CF-Connecting-IPv6", "Fastly-Client-IP", "X-Envoy-External-Address", "X-Azure-ClientIP", "X-Azure-SocketIP"],
  ["X-Appengine-User-IP", "X-Originating-IP", "X-Remote-IP", "X-Remote-Addr", "X-Host", "X-HTTP-Host-Override"],
  ["X-ProxyUser-IP", "WL-Proxy-Client-IP", "Proxy-Client-IP", "X-Request-Id", "Traceparent", "Front-End-Https"],
  ["Fly-Client-IP", "X-NF-Client-Connection-IP", "X-Vercel-Forwarded-For", "CloudFront-Viewer-Address", "X-ARR-SSL"],
  ["X-Url-Scheme", "X-Scheme", "X-Forwarded", "Forwarded-For", "Forwarded-Host", "Forwarded-Proto"],
].flat();

/** Certificates and users that a proxy in front proved: forged ones would be believed (RFC 9440 4). */
const IDENTITIES = [
  [
    "Client-Cert",
    "Client-Cert-Chain",
    "X-Client-Cert",
    "X-Client-Verify",
    "X-Client-DN",
    "X-ClientCert",
    "SSL-Client-Cert",
  ],
  [
    "X-SSL-Client-Cert",
    "X-SSL-Client-Verify",
    "X-SSL-Client-DN",
    "X-SSL-Client-S-DN",
    "SSL-Client-Verify",
    "SSL-Client-DN",
  ],
  [
    "X-SSL-Cert",
    "X-SSL-Client-CN",
    "SSL-Client-S-DN",
    "SSL-Client-Subject-DN",
    "SSL-Client-Issuer-DN",
    "X-ARR-ClientCert",
  ],
  ["X-Amzn-Mtls-Clientcert", "X-Amzn-Mtls-Clientcert-Leaf", "X-Amzn-Mtls-Clientcert-Subject", "X-Amzn-Oidc-Data"],
  [
    "X-Amzn-Oidc-Identity",
    "X-Amzn-Oidc-Accesstoken",
    "Remote-User",
    "X-Remote-User",
    "X-Remote-Group",
    "X-WEBAUTH-USER",
  ],
  ["X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Groups", "X-Authenticated-Userid", "X-Consumer-ID"],
  ["X-Authenticated-Scope", "X-Consumer-Username", "X-Consumer-Custom-ID", "X-Credential-Identifier", "X-Userinfo"],
  // Keycloak's proxy, SiteMinder, WebSEAL, Oracle Access Manager, mod_auth_openidc: CGI, WSGI and PHP do not tell `SM-User` from its `SM_USER`.
  ["X-Auth-Subject", "X-Auth-UserId", "X-Auth-Username", "X-Auth-Email", "X-Auth-Roles", "X-Auth-Groups"],
  ["SM-User", "SM-UserDN", "SM-UserGroups", "IV-User", "IV-User-L", "IV-Groups", "IV-Creds", "OAM-Remote-User"],
  ["OIDC-Access-Token", "OIDC-ID-Token-Payload", "OIDC-UserInfo", "CAS-User", "X-Token-Subject"],
  [
    "X-Goog-Authenticated-User-Email",
    "X-Goog-Authenticated-User-Id",
    "X-MS-Client-Principal",
    "X-MS-Client-Principal-Id",
  ],
].flat();

/** Another target than the request's own (G08), and fields that frameworks take for their own. */
const INTERNAL = [
  ["X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Original-Method", "X-Original-Host", "X-Original-Path"],
  ["X-Envoy-Original-Path", "X-Middleware-Subrequest", "X-Middleware-Rewrite", "Proxy", "Proxy-Authorization"],
  // `X-Script-Name` is what nearly all WSGI applications behind a prefix cut off their path.
  ["X-Script-Name", "Script-Name", "X-Replaced-Path", "X-WAWS-Unencoded-URL"],
  ["X-Matched-Path", "X-Invoke-Path", "X-Sendfile-Type", "X-Accel-Mapping", "X-JWT-Assertion"],
].flat();

/** Ask the API behind to take the request for one with another method (G08): refused, since dropping would turn a meant DELETE into a POST. */
const METHOD_OVERRIDES = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"];

const USUAL = [
  [
    "Accept",
    "Accept-Language",
    "Accept-Charset",
    "Cache-Control",
    "Pragma",
    "If-None-Match",
    "If-Match",
    "Priority",
    "DNT",
  ],
  ["Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-Fetch-User", "Sec-CH-UA", "Sec-CH-UA-Mobile", "Sec-GPC"],
  ["Sec-CH-UA-Platform", "Upgrade-Insecure-Requests", "X-Requested-With", "X-API-Key", "Last-Event-ID", "Tracestate"],
  ["Accept-Encoding", "Access-Control-Request-Headers", "Prefer", "Baggage", "Content-Language", "Content-Disposition"],
].flat();

const RULES = new Map<string, FieldRule>();
let nextBit = 1;
define(FRAMING, SINGLE | RELIED_ON | JUDGED);
define(ONCE, SINGLE | RELIED_ON);
define(ONCE_UNSET, SINGLE);
define(["Connection", "Upgrade", "Expect"], WITHHELD | RELIED_ON | JUDGED);
define(HOP_BY_HOP, WITHHELD | RELIED_ON | JUDGED);
define(["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded"], WITHHELD | RELIED_ON | JUDGED);
define([...PROXY_SAYS, ...IDENTITIES, ...INTERNAL], WITHHELD | RELIED_ON);
define(METHOD_OVERRIDES, WITHHELD | RELIED_ON | JUDGED);
define(USUAL, 0);
// The length and coding are said anew for what goes on; the host is that of the upstream.
for (const name of FRAMING) withhold(name);

function define(names: readonly string[], flags: number): void {
  for (const name of names) {
    const rule = Object.freeze({ name: name.toLowerCase(), flags, bit: (flags & SINGLE) === 0 ? 0 : nextBit });
    if (rule.bit !== 0) nextBit *= 2;
    spell(name, rule);
  }
}

function withhold(name: string): void {
  const rule = RULES.get(name) as FieldRule;
  spell(name, Object.freeze({ ...rule, flags: rule.flags | WITHHELD }));
}

/** The spellings that clients use are found without folding: as registered, in lower case, and Like-This. */
function spell(name: string, rule: FieldRule): void {
  RULES.set(name, rule);
  RULES.set(rule.name, rule);
  RULES.set(
    rule.name.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase()),
    rule,
  );
}

/** The rule for a name in one of its usual spellings, or in lower case. */
export function usualRule(name: string): FieldRule | undefined {
  return RULES.get(name);
}

/** The lower-case spelling of a name, or undefined where it is no token (RFC 9110 5.1). */
export function lowerCaseName(name: string): string | undefined {
  for (let i = 0; i < name.length; i += 1) if (!isTokenCode(name.charCodeAt(i))) return undefined;
  return name.length === 0 ? undefined : name.toLowerCase();
}

/**
 * Whether another name becomes this one where servers turn what is no letter or digit into an underscore
 * (CGI, WSGI, PHP, Rack): `x_forwarded_for`.
 */
export function isAlias(lowerName: string): boolean {
  for (let i = 0; i < lowerName.length; i += 1) {
    const code = lowerName.charCodeAt(i);
    const plain = (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x2d;
    if (!plain) return true;
  }
  return false;
}

/** What an alias would be taken for: `x-forwarded-for`. */
export function spelledWithHyphens(lowerName: string): string {
  return lowerName.replaceAll(/[^a-z0-9]/g, "-");
}

/** The rule of the field that an alias would be taken for. */
export function aliasedRule(lowerName: string): FieldRule | undefined {
  return RULES.get(spelledWithHyphens(lowerName));
}

/** Whether a field of that lower-case name never goes on as the client sent it, or would be taken for one that does not. */
export function isWithheld(lowerName: string): boolean {
  const rule = usualRule(lowerName) ?? aliasedRule(lowerName);
  return rule === undefined ? isWithheldFamily(spelledWithHyphens(lowerName)) : (rule.flags & WITHHELD) !== 0;
}

/**
 * Families of names that only proxies may set: beside ours, those by which oauth2-proxy, Authelia, authentik, Pomerium, Cloudflare
 * Access, Tailscale, Azure, AWS, Google, Kong, Envoy, Apache, nginx, Shibboleth, Vouch, ngrok and Caddy say whom they let in. An API that stood behind one of them
 * goes on believing.
 */
const FAMILIES = [
  ["x-forwarded-", "x-portcullis-", "x-original-", "x-envoy-", "x-auth-request-", "x-authentik-", "x-pomerium-"],
  [
    "remote-",
    "x-remote-",
    "x-webauth-",
    "cf-access-",
    "tailscale-",
    "oidc-claim-",
    "x-ms-client-principal",
    "x-ms-token-",
  ],
  ["x-amzn-oidc-", "x-amzn-mtls-", "x-goog-iap-", "x-goog-authenticated-", "x-consumer-", "x-credential-"],
  ["shib-", "x-vouch-", "ngrok-auth-", "x-token-user-"],
  ["ssl-client-", "x-ssl-", "x-tls-client-", "x-client-cert", "client-cert-"],
].flat();
const WITHHELD_FAMILY = new RegExp(`^(?:${FAMILIES.join("|")})`);

/** Whether a name without a rule of its own is withheld nevertheless. */
export function isWithheldFamily(lowerName: string): boolean {
  return WITHHELD_FAMILY.test(lowerName);
}
