// The exchange of an Express request: one per request, however many middlewares of ours it passes.
import type { Socket } from "node:net";
import type { Request, Response } from "express";
import type { Clock } from "../core/clock.ts";
import type { Ended, Exchange } from "../core/exchange.ts";
import { beginExchange, type BegunExchange } from "../node/begin-exchange.ts";
import { noteBrokenUpload } from "../node/gate-body.ts";
import { incomingHead } from "../node/incoming.ts";
import type { Settler } from "../transport/settle.ts";

const begun = new WeakMap<Request, BegunExchange>();

/**
 * The request's exchange, begun at the first call. The target is `originalUrl`: a mounted router shortens `url`,
 * and what is matched must be what the client sent.
 */
export function exchangeOf(request: Request, settle: Settler, clock: Clock): BegunExchange {
  const known = begun.get(request);
  if (known !== undefined) return known;
  const entry = beginExchange(request, { ...incomingHead(request), target: request.originalUrl }, settle, clock);
  begun.set(request, entry);
  return entry;
}

/** Calls back when the answer went out whole, the client left or the application broke off; whoever is told first settles which. */
export function whenEnded(response: Response, exchange: Exchange, clock: Clock, then: () => void): void {
  whenClosed(response, () => {
    if (exchange.ended === "open") {
      exchange.ended = howEnded(response, exchange);
      exchange.endedMs = clock.monotonicMs();
      if (response.headersSent) exchange.answerStatus = response.statusCode;
      if (exchange.ended === "client-left") noteBrokenUpload(response.req, exchange);
    }
    exchange.release();
    then();
  });
}

/** What is due over a connection. */
const due = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls back once when the answer is over. Behind a CONNECT Node lets go of the connection, and tells no answer that waits for its turn
 * that nobody is there any more: then the end of the connection does.
 */
export function whenClosed(response: Response, then: () => void): void {
  const { socket } = response.req;
  let waiting = due.get(socket);
  if (waiting === undefined) {
    const all = (waiting = new Set<() => void>());
    due.set(socket, all);
    // Whoever Node does tell is told first.
    socket.once("close", () => setImmediate(() => [...all].forEach((over) => over())));
  }
  const over = () => {
    if (waiting.delete(over)) then();
  };
  waiting.add(over);
  response.once("close", over);
}

function howEnded(response: Response, exchange: Exchange): Ended {
  if (response.writableFinished) return "complete";
  if (exchange.denial !== undefined) return "cut";
  return whoBrokeOff(response);
}

/** The client's end or reset arrives at the socket; where neither did, the application broke its answer off. */
export function whoBrokeOff({ req: { socket } }: Response): "client-left" | "upstream-failed" {
  return socket.readableEnded || socket.errored !== null ? "client-left" : "upstream-failed";
}
