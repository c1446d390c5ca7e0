// The middleware of one composed policy: begins the exchange, passes the gate, goes on to the application, records.
import type { NextFunction, Request, RequestHandler, Response } from "express";
import type { Composition } from "../configuration/compose.ts";
import { systemClock } from "../core/clock.ts";
import { UNRECORDABLE } from "../core/record.ts";
import { cutBehind } from "../node/lingering.ts";
import { answerUnbegun } from "../node/unbegun.ts";
import { GuardedAnswer } from "./express-answer.ts";
import { exchangeOf, whenEnded } from "./express-exchange.ts";
import { passGate } from "./express-gate.ts";
import { withinRequest } from "./request-context.ts";
import { outsideGates } from "./unmatched.ts";

export interface ExpressOptions {
  /** What becomes of requests that match no operation of the document. Default deny. See `portcullis`. */
  readonly unmatched?: "deny" | "next";
}

type Parts = Pick<Composition, "policy" | "settle" | "recorder" | "api">;

export function expressHandler(parts: Parts, options: ExpressOptions): RequestHandler {
  const { policy, settle, recorder, api } = parts;
  const outside = options.unmatched === "next" ? outsideGates(api) : undefined;
  /** Mounted twice, a request is still one exchange: it is counted and judged once. */
  const begun = new WeakSet<Request>();
  const pass = (request: Request, response: Response, next: NextFunction): void => {
    if (begun.has(request)) {
      next();
      return;
    }
    begun.add(request);
    // Somebody has answered already: nothing more may happen.
    if (response.headersSent) return;
    const { exchange, refusal } = exchangeOf(request, settle, systemClock);
    exchange.policyVersion = policy.version;
    let gate = refusal === undefined ? policy.enter(exchange) : policy.refused;
    const isOutside = refusal === undefined && exchange.operation === undefined && exchange.allow === undefined;
    if (outside !== undefined && isOutside) gate = outside(gate);
    const answer = new GuardedAnswer(response, exchange, gate, systemClock);
    whenEnded(response, exchange, systemClock, () => recorder.exchange(exchange));
    if (recorder.blocked === true) {
      answer.refuse(UNRECORDABLE, "monitoring.spool");
      if (!request.complete) cutBehind(request);
      return;
    }
    withinRequest(exchange, () => void passGate(request, exchange, gate, refusal, answer, next));
  };
  return (request, response, next) => {
    try {
      pass(request, response, next);
    } catch (error) {
      answerUnbegun(recorder, response, error);
    }
  };
}
