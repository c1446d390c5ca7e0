// Finds the address of an issuer's keys: OpenID Connect Discovery 1.0 4, then RFC 8414 3.
import { brokenOption } from "./broken-option.ts";

/** The port to the one client for outgoing requests. It follows no redirect, and takes JSON only. */
export type FetchJson = (url: string, limits: FetchLimits) => Promise<unknown>;

export interface FetchLimits {
  readonly timeoutMs: number;
  readonly bytesMax: number;
  /** What the owner wrote, where `url` was derived from an answer: another host must then be a public one. */
  readonly configuredUrl?: string;
}

/** Three requests at most one after the other must fit below a guard's deadline. */
const TIMEOUT_MS = 3_000;
const BYTES_MAX = 256 * 1_024;
const SAID_LENGTH_MAX = 200;

export function fetchLimits(configuredUrl: string): Required<FetchLimits> {
  return { timeoutMs: TIMEOUT_MS, bytesMax: BYTES_MAX, configuredUrl };
}

/** Checks what the owner wrote. Throws ProblemsError. */
export function checkConfiguredUrl(text: string, what: "issuer" | "jwks"): void {
  const url = URL.parse(text);
  const remedy = "Write an absolute https URL without user name, query or fragment (RFC 8414 2).";
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw brokenOption("authentication.url-invalid", `${what} is not an http(s) URL`, remedy);
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "" || (what === "issuer" && url.search !== "")) {
    throw brokenOption("authentication.url-invalid", `${what} has a user name, password, query or fragment`, remedy);
  }
}

/** The `jwks_uri` of an issuer. Rejects with what is wrong. */
export async function discoverJwksUrl(issuer: string, fetchJson: FetchJson): Promise<string> {
  let metadata: unknown;
  const [first, second] = metadataUrls(issuer);
  try {
    metadata = await fetchJson(first, fetchLimits(issuer));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    metadata = await fetchJson(second, fetchLimits(issuer));
  }
  const { issuer: said, jwks_uri: jwksUri } = (metadata ?? {}) as Readonly<Record<string, unknown>>;
  // Discovery 4.3, RFC 8414 3.3: identical, or another issuer could speak for this one.
  if (said !== issuer) throw new Error(`the discovery document is for another issuer: ${quoted(said)}`);
  const url = typeof jwksUri === "string" ? URL.parse(jwksUri) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error("the discovery document has no `jwks_uri`");
  if (url.protocol === "http:" && !issuer.startsWith("http:")) throw new Error("`jwks_uri` is not https");
  if (url.username !== "" || url.password !== "") throw new Error("`jwks_uri` has a user name");
  return url.href;
}

/** Where its metadata may stand: appended to the issuer, or inserted before its path. */
export function metadataUrls(issuer: string): readonly [string, string] {
  const plain = issuer.endsWith("/") ? issuer.slice(0, -1) : issuer;
  const { origin, pathname } = new URL(plain);
  return [
    `${plain}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${pathname === "/" ? "" : pathname}`,
  ];
}

function isNotFound(error: unknown): boolean {
  const status = (error as { status?: unknown } | undefined)?.status;
  return typeof status === "number" && status >= 400 && status < 500 && status !== 429;
}

function quoted(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, SAID_LENGTH_MAX)) : "none is named";
}
