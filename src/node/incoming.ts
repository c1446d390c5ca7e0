// From Node's request, HTTP/1.1 or HTTP/2, to the head that transport settles.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { TLSSocket } from "node:tls";
import type { RequestHead } from "../core/exchange.ts";
import { type FieldLines, Fields } from "../http/fields.ts";
import { equalsIgnoringCase } from "../http/tokens.ts";
import type { IncomingHead, Settler } from "../transport/settle.ts";

export type NodeRequest = IncomingMessage | Http2ServerRequest;
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** By what it is, not by what it says: `GET / HTTP/2.0` over an HTTP/1.1 connection is a line that anybody can send. */
export function isHttp2(request: NodeRequest): request is Http2ServerRequest {
  return "stream" in request;
}

/** Node's parser lets 0.9 and 2.0 in as well. */
const HTTP1_VERSIONS = new Map<string, IncomingHead["protocol"]>([
  ["1.1", "HTTP/1.1"],
  ["1.0", "HTTP/1.0"],
]);

/** What came, as it came. Pseudo-header fields are taken out of the field lines, cookie crumbs are joined (RFC 9113 8.2.3). */
export function incomingHead(request: NodeRequest): IncomingHead {
  const socket = request.socket as Partial<TLSSocket>;
  if (isHttp2(request)) return incomingHttp2(request, socket);
  return {
    method: request.method ?? "",
    target: request.url ?? "",
    rawFields: request.rawHeaders,
    protocol: HTTP1_VERSIONS.get(request.httpVersion) ?? "unknown",
    secure: socket.encrypted === true,
    peerAddress: socket.remoteAddress ?? "",
  };
}

function incomingHttp2(request: Http2ServerRequest, socket: Partial<TLSSocket>): IncomingHead {
  const raw = request.rawHeaders;
  // A CONNECT has no `:path` (RFC 9113 8.5).
  const target = (request as { url?: string }).url ?? "";
  const lines: string[] = [];
  let cookie: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    if (name.charCodeAt(0) === 58) continue;
    if (name === "cookie") cookie = cookie === undefined ? value : `${cookie}; ${value}`;
    else lines.push(name, value);
  }
  if (cookie !== undefined) lines.push("cookie", cookie);
  const head: IncomingHead = {
    method: request.method,
    target,
    rawFields: lines,
    protocol: "HTTP/2.0",
    scheme: request.scheme,
    secure: true,
    peerAddress: socket.remoteAddress ?? "",
    hasBody: !request.stream.endAfterHeaders,
  };
  if (request.authority !== "") head.authority = request.authority;
  return head;
}

/** The head of a request that transport refused: raw, for the record only. No guard but the ceilings sees it. */
export function rejectedHead(incoming: IncomingHead, settle: Settler): RequestHead {
  const client = settle.clientOf(incoming);
  return {
    method: incoming.method,
    target: incoming.target,
    path: incoming.target,
    query: undefined,
    fields: new Fields(onlyUserAgent(incoming.rawFields)),
    protocol: incoming.protocol === "unknown" ? "HTTP/1.0" : incoming.protocol,
    secure: client.secure ?? incoming.secure,
    authority: "",
    peerAddress: incoming.peerAddress,
    clientAddress: client.address,
    clientAddressFrom: client.from,
    hasBody: false,
    contentLength: undefined,
  };
}

function onlyUserAgent(lines: FieldLines): FieldLines {
  for (let i = 0; i < lines.length; i += 2) {
    if ((lines[i] as string).toLowerCase() === "user-agent") return ["user-agent", lines[i + 1] as string];
  }
  return [];
}

/** Over HTTP/2 Node knows the expectation in lower case alone, and Java's client writes it with a capital. */
export function expectsContinue(request: NodeRequest): boolean {
  const { expect } = request.headers;
  return expect !== undefined && equalsIgnoringCase(expect, "100-continue");
}
