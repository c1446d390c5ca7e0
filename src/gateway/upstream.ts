// The pool of kept connections to the API behind the gateway, and what its failures mean for a client.
import type { Pool as UpstreamPool } from "undici";
import type { Denial } from "../core/outcome.ts";
import { deny } from "../core/outcome.ts";
import { Pool } from "../egress/undici.ts";
import { LIMITS } from "../transport/limits.ts";
import { UpstreamConnection } from "./upstream-connection.ts";

export interface UpstreamOptions {
  /** Scheme, host and port; never a path. */
  readonly origin: string;
  readonly connectTimeoutMs: number;
  /** From the request sent to the answer's head. */
  readonly answerTimeoutMs: number;
  /** Between two pieces of an answer's body; event streams are exempt. */
  readonly idleTimeoutMs: number;
  readonly connectionsMax: number;
  /** PEM: the authorities that its certificate may come from; the system's where left out. */
  readonly ca?: string | undefined;
}

/**
 * HTTPS upstreams are verified, always. HTTP/1.1 is spoken to them whatever they offer: what is proven of framing and of
 * broken connections is proven of that.
 */
export function createPool(options: UpstreamOptions): UpstreamPool {
  const { ca } = options;
  return new Pool(options.origin, {
    factory: (origin, settings) => new UpstreamConnection(origin, settings),
    connections: options.connectionsMax,
    pipelining: 1,
    keepAliveTimeout: LIMITS.upstreamKeepAliveTimeoutMs,
    connectTimeout: options.connectTimeoutMs,
    allowH2: false,
    // Said, since NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would be the default else.
    connect: { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
    headersTimeout: options.answerTimeoutMs,
    bodyTimeout: 0,
    maxHeaderSize: LIMITS.upstreamHeadBytesMax,
  });
}

/** The refusal that a client gets for a failure towards the upstream. Says nothing of addresses. */
export function upstreamDenial(error: Error): Denial {
  const code = errorCode(error);
  if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT" || code === "UND_ERR_CONNECT_TIMEOUT") {
    return deny("transport.upstream-timeout", { internal: code });
  }
  if (
    code.startsWith("HPE_") ||
    // Node cannot send on what the API answered: a status of 999, a field twice that stands once.
    code.startsWith("ERR_HTTP") ||
    code === "HTTPParserError" ||
    isOddAnswer(error) ||
    code === "UND_ERR_HEADERS_OVERFLOW" ||
    code.startsWith("UND_ERR_RES")
  ) {
    return deny("transport.upstream-invalid", { internal: code });
  }
  if (isOfCertificate(code)) return deny("transport.upstream-untrusted", { internal: code });
  return deny("transport.upstream-refused", { internal: code, lines: ["Retry-After", "5"] });
}

/** The authorization server is started again by itself: whoever waits a little is answered. */
export function identityDenial(error: Error): Denial {
  return deny("transport.identity-away", { internal: errorCode(error), lines: ["Retry-After", "5"] });
}

/** What OpenSSL and Node say of a certificate that does not hold. */
function isOfCertificate(code: string): boolean {
  return (
    /^(?:CERT|CRL|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH)/.test(
      code,
    ) || code === "ERR_TLS_CERT_ALTNAME_INVALID"
  );
}

/** An upgrade or a 100 that nobody asked for, or a status below 100: undici says so by a word, or falls over it. */
function isOddAnswer({ code, message }: Error & { code?: unknown }): boolean {
  return code === "ERR_ASSERTION" || (code === "UND_ERR_SOCKET" && message.startsWith("bad "));
}

/** Whether the failure is that of a connection which the upstream closed, without a word (RFC 9112 9.3.1). */
export function wasConnectionClosed(error: Error): boolean {
  if (isOddAnswer(error)) return false;
  const code = errorCode(error);
  return code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
}

function errorCode(error: Error): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" ? code : error.name;
}
