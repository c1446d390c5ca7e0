// The exchange of an Express request: one per request, however many middlewares of ours it passes.
import { randomUUID } from "node:crypto";
import type { Request, Response } from "express";
import type { Clock } from "../core/clock.ts";
import { Exchange, type RequestHead } from "../core/exchange.ts";
import type { Denial } from "../core/outcome.ts";
import { continueTrace } from "../http/trace-context.ts";
import { incomingHead, rejectedHead } from "../node/incoming.ts";
import { noteTls } from "../node/tls-info.ts";
import type { IncomingHead } from "../transport/settle.ts";

export type Settle = (incoming: IncomingHead) => RequestHead | Denial;

interface Begun {
  readonly exchange: Exchange;
  /** Why transport refused the request; undefined when it is settled. */
  readonly refusal: Denial | undefined;
}

const begun = new WeakMap<Request, Begun>();

/**
 * The request's exchange, begun at the first call. The target is `originalUrl`: a mounted router shortens `url`,
 * and what is matched must be what the client sent.
 */
export function exchangeOf(request: Request, settle: Settle, clock: Clock): Begun {
  const known = begun.get(request);
  if (known !== undefined) return known;
  const incoming: IncomingHead = { ...incomingHead(request), target: request.originalUrl };
  const settled = settle(incoming);
  const refusal = "kind" in settled ? settled : undefined;
  const head = "kind" in settled ? rejectedHead(incoming) : settled;
  const exchange = new Exchange(randomUUID(), head, clock.nowMs(), clock.monotonicMs());
  exchange.trace = continueTrace(head.fields.get("traceparent"));
  noteTls(exchange, request);
  const entry = { exchange, refusal };
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
