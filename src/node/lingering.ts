// Ends what a client that is still sending was answered: closing at once would reset its connection and could cost it the answer (RFC 9112 9.6).
import type { IncomingMessage } from "node:http";
import { LIMITS } from "../transport/limits.ts";
import type { NodeRequest, NodeResponse } from "./incoming.ts";

/** Ends the answer, which announced that the connection closes, when the request has: unread, and after a while anyway. */
export function endBehind(request: NodeRequest, response: NodeResponse, lingerMs: number = LIMITS.lingerMs): void {
  // A request that brings no body has ended before it began.
  if (request.readableEnded) {
    response.end();
    return;
  }
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMs);
  request.once("end", end);
  request.once("close", end);
  request.resume();
}

/** The answer is out whole: whoever goes on sending is cut after a while. */
export function cutBehind(request: IncomingMessage): void {
  const timer = setTimeout(() => request.socket.destroy(), LIMITS.lingerMs);
  request.once("end", () => clearTimeout(timer));
  request.once("close", () => clearTimeout(timer));
}
