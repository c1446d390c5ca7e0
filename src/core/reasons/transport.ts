// Reasons of the transport practice: how a request arrived, and whether the API could be reached.
import type { Reason } from "./reason.ts";

export const TRANSPORT_REASONS = {
  "transport.target-invalid": {
    status: 400,
    title: "The request target is not acceptable.",
    remedy:
      "The path or query holds something that the gate and the API could read differently (dot segments, encoded slashes, bad percent-encoding, control characters, a fragment). Have the client send the plain form.",
  },
  "transport.target-too-long": {
    status: 414,
    title: "The request target is too long.",
    remedy: "Move large inputs from the query into the body.",
  },
  "transport.fields-invalid": {
    status: 400,
    title: "A header field is malformed or sent more often than allowed.",
    remedy:
      "Look for duplicate Host, Authorization, Content-Type or Content-Length fields, and for names outside the token alphabet.",
  },
  "transport.fields-too-large": {
    status: 431,
    title: "The request header fields are too large.",
    remedy: "Cookies are the usual cause. The limits stand in docs/transport.md.",
  },
  "transport.framing-invalid": {
    status: 400,
    title: "The request is not framed as HTTP requires.",
    remedy: "The client or a proxy in front sends ambiguous framing (RFC 9112 6). It must be mended there.",
  },
  "transport.frames-too-many": {
    status: 429,
    title: "The connection carried too much beside its requests.",
    remedy:
      "An HTTP/2 client pinged, changed settings, moved windows or reset its requests far more often than any honest one does. Its connection was ended (GOAWAY, ENHANCE_YOUR_CALM); the limits stand in docs/transport.md.",
  },
  "transport.method-not-supported": {
    status: 501,
    title: "The request method is not supported.",
    remedy: "CONNECT, TRACE, TRACK and unknown methods are never forwarded.",
  },
  "transport.version-not-supported": {
    status: 505,
    title: "The HTTP version is not supported.",
    remedy:
      "The request line names another version than HTTP/1.0 or 1.1. HTTP/2 is agreed on while TLS begins (ALPN), over https only.",
  },
  "transport.upgrade-not-supported": {
    status: 501,
    title: "Protocol upgrades are not supported.",
    remedy:
      "An Upgrade field never reaches the upstream (h2c smuggling). HTTP/2 is negotiated by TLS; WebSockets are not carried. Java's HttpClient asks for h2c over plain http unless told `version(HTTP_1_1)`.",
  },
  "transport.method-override": {
    status: 400,
    title: "The method may not be overridden.",
    remedy:
      "The request asks the API to take it for one with another method (X-HTTP-Method-Override, `_method`). Have the client send that method.",
  },
  "transport.expectation-failed": {
    status: 417,
    title: "The expectation is not supported.",
    remedy: "Only Expect: 100-continue is understood (RFC 9110 10.1.1).",
  },
  "transport.bodies-held": {
    status: 503,
    title: "Too many large requests at once. Please try again.",
    remedy:
      "Bodies that wait to be judged or sent on take 256 MiB together, and those of whoever holds most give way. Look for clients that send slowly or never end; a smaller validation.bodyBytesMax lets more of them in.",
  },
  "transport.authority-unknown": {
    status: 421,
    title: "This server does not answer for that host.",
    remedy: "The Host field names none of the hosts of transport.publicUrl. Add the host there, or mend the client.",
  },
  "transport.cors-refused": {
    status: 403,
    title: "Pages of that origin may not send this request.",
    remedy:
      "A browser asked beforehand (preflight) for a page of another origin. List the page's origin in transport.cors.origins exactly as the browser sends it, and fields of its own in allowedHeaders.",
  },
  "transport.https-required": {
    status: 400,
    title: "Use https.",
    remedy:
      "The client spoke plain HTTP. Where it sent credentials, others could read them: revoke them. Have it call the https address. With tls: terminated-by-proxy: the proxy in front must be in trustedProxies and send X-Forwarded-Proto: https.",
  },
  "transport.body-too-slow": {
    status: 408,
    title: "The request did not arrive in time.",
    remedy: "The client is slow or stalled. The limits stand in docs/transport.md.",
  },
  "transport.answer-not-taken": {
    status: 408,
    title: "The answer was not taken in time.",
    remedy:
      "The client reads too slowly, while other requests wait for a connection to the upstream (raise upstream.connectionsMax where such clients are honest), or while answers that wait for their clients take 256 MiB together.",
  },
  "transport.body-incomplete": {
    status: 400,
    title: "The request body ended early.",
    remedy: "The client closed the connection or framed its body wrongly.",
  },
  "transport.upstream-refused": {
    status: 502,
    title: "The service behind this gateway cannot be reached.",
    remedy: "The connection to the upstream was refused, or reset. Check that it runs, and the address in `upstream`.",
  },
  "transport.upstream-untrusted": {
    status: 502,
    title: "The service behind this gateway could not be verified.",
    remedy:
      "The certificate of the upstream is for another name, over, or of an authority that is not trusted: the record says which. Name its own authority in upstream.tls.ca; verification cannot be switched off.",
  },
  "transport.upstream-invalid": {
    status: 502,
    title: "The service behind this gateway gave an invalid answer.",
    remedy: "The upstream broke HTTP or ended its answer early. Look into its log at the time of this request id.",
  },
  "transport.upstream-timeout": {
    status: 504,
    title: "The service behind this gateway did not answer in time.",
    remedy: "The upstream took longer than upstream.timeouts allows.",
  },
  "transport.identity-away": {
    status: 503,
    title: "Signing in is not possible at the moment. Please try again.",
    remedy:
      "The process of the built-in authorization server does not answer. It is started again by itself: `identity.ended` in the record says why it ended.",
  },
  "transport.draining": {
    status: 503,
    title: "This server is shutting down. Please try again.",
    remedy: "The gateway is draining; another instance answers.",
  },
  "transport.mounted-late": {
    status: 500,
    title: "The request could not be checked.",
    remedy:
      "Something before Portcullis in the application read the body or rewrote the URL. Mount Portcullis before body parsers and rewriting middleware.",
  },
  "transport.guard-failed": {
    status: 500,
    title: "The request could not be checked.",
    remedy: "A guard threw: this is a bug in Portcullis. Report it with the request id and the matching log line.",
  },
  "transport.guard-late": {
    status: 503,
    title: "The request could not be checked in time.",
    remedy: "A guard waited too long for something outside (keys, counters). The log line names the guard.",
  },
} as const satisfies Record<`transport.${string}`, Reason>;
