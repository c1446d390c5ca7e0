// The exchange of an Express request: one per request, however many middlewares of ours it passes.
import type { Request, Response } from "express";
import type { Clock } from "../core/clock.ts";
import type { Exchange } from "../core/exchange.ts";
import { beginExchange, type BegunExchange } from "../node/begin-exchange.ts";
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

/** Calls back once, when the answer went out whole or the client left. */
export function whenEnded(response: Response, exchange: Exchange, clock: Clock, then: () => void): void {
  response.once("close", () => {
    if (exchange.ended !== "open") return;
    exchange.ended = response.writableFinished ? "complete" : "client-left";
    exchange.endedMs = clock.monotonicMs();
    exchange.answerStatus = response.statusCode;
    then();
  });
}
