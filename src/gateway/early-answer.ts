// An API that answers before it has the whole request: its client still sends what nobody reads any more (RFC 9112 9.6).
import { isHttp2, type NodeRequest, type NodeResponse } from "../node/incoming.ts";
import { endBehind } from "../node/lingering.ts";
import { CountedBody } from "../node/request-body.ts";

/** Whether that is so of a body that streams. Over HTTP/2 a stream ends for itself. */
export function isEarly(request: NodeRequest, body: unknown): boolean {
  return body instanceof CountedBody && !isHttp2(request) && !request.complete;
}

/**
 * Ends an answer, whose head announced that the connection closes where it was early. What still comes is read and dropped for a while: a client
 * that sends all before it reads would wait for a connection on which nothing moves.
 */
export function endAnswer(request: NodeRequest, response: NodeResponse, body: unknown, lingerMs: number): void {
  if (!(body instanceof CountedBody) || isHttp2(request) || request.readableEnded) {
    response.end();
    return;
  }
  request.unpipe(body);
  if (!request.complete) {
    endBehind(request, response, lingerMs);
    return;
  }
  request.resume();
  response.end();
}
