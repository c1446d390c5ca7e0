// What a body that was read, or could not be, means for its gate: the same in gateway and adapters.
import type { Http2ServerRequest } from "node:http2";
import { type Exchange, NO_BODY, OVER_LIMIT_BODY } from "../core/exchange.ts";
import type { Gate } from "../core/gate.ts";
import { type Denial, deny } from "../core/outcome.ts";
import { heldDenial } from "./body-room.ts";
import { isHttp2, type NodeRequest } from "./incoming.ts";
import { paddedBody, readBytes, type ReadBody } from "./request-body.ts";

/**
 * Notes the outcome on the exchange. `judge`: the body guards are next. `stream`: it is over its limit, which is only
 * monitored; all of it is in the request's stream again. Otherwise the denial, or `aborted` where nobody is there to be told.
 */
export function settleBody(
  request: NodeRequest,
  exchange: Exchange,
  gate: Gate,
  read: ReadBody,
): "judge" | "stream" | "aborted" | Denial {
  switch (read.kind) {
    case "aborted":
      return "aborted";
    case "late":
      return exchange.refuse(deny("transport.body-too-slow"), "transport.body");
    case "padded":
      return exchange.refuse(paddedBody(), "transport.body");
    case "no-room":
      return exchange.refuse(heldDenial(), "transport.body");
    case "over-limit": {
      const denial = deny("validation.body-too-large");
      if (gate.bodyLimitMode === "enforce") return exchange.refuse(denial, "validation.body-length");
      exchange.note({ guard: "validation.body-length", kind: "would-deny", denial });
      exchange.body = OVER_LIMIT_BODY;
      request.unshift(read.soFar);
      return "stream";
    }
    case "read":
      exchange.requestBytes = read.bytes.length;
      exchange.body = read.bytes.length === 0 ? NO_BODY : { kind: "read", bytes: read.bytes };
      return "judge";
  }
}

/**
 * Notes that the client left within its upload, where nothing else ended the exchange: many such are an attack, while who leaves behind
 * a whole request only did not wait. Nobody is there to be told.
 */
export function noteBrokenUpload(request: NodeRequest, exchange: Exchange): void {
  if (!exchange.request.hasBody || exchange.denial !== undefined || exchange.answerStatus !== 0) return;
  if (isHttp2(request) ? !mayHaveComeWhole(request, exchange) : !request.complete) {
    exchange.refuse(deny("transport.body-incomplete"), "transport.body");
  }
}

/**
 * `complete` is said of every stream that is closed. A reset hides the end of what was read where both came in one piece; and what came and
 * nobody read yet, because a guard or the API was slow, may have been all.
 */
function mayHaveComeWhole(request: Http2ServerRequest, exchange: Exchange): boolean {
  if (request.readableEnded) return true;
  const unreadBytes = request.readableLength + request.stream.readableLength;
  const { contentLength } = exchange.request;
  if (contentLength !== undefined && readBytes(request) + unreadBytes >= contentLength) return true;
  return unreadBytes > 0 && (request.readableDidRead || contentLength === undefined);
}
