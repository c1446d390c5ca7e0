// Carries an Express request through a gate: head guards, body, body guards. Then the application, or a denial.
import type { NextFunction, Request } from "express";
import { systemClock } from "../core/clock.ts";
import { type Exchange, NO_BODY } from "../core/exchange.ts";
import type { Gate } from "../core/gate.ts";
import { deny, type Denial, type Ending } from "../core/outcome.ts";
import { runRequestGuards } from "../core/run.ts";
import { settleBody } from "../node/gate-body.ts";
import { cutBehind } from "../node/lingering.ts";
import { readBody } from "../node/request-body.ts";
import { LIMITS } from "../transport/limits.ts";
import type { GuardedAnswer } from "./express-answer.ts";
import { holdBody, isReadFromStream, releaseBody } from "./express-held-body.ts";
import { consumedBody, countBody, resumeWhenRead, rewrittenUrl, setRequestFields } from "./express-request.ts";

/** Goes on to the application, unless the answer was given or the client is gone. Never rejects. */
export async function passGate(
  request: Request,
  exchange: Exchange,
  gate: Gate,
  refusal: Denial | undefined,
  answer: GuardedAnswer,
  next: NextFunction,
): Promise<void> {
  try {
    const early = refusal ?? rewrittenUrl(request);
    if (early !== undefined) {
      answer.refuse(early, refusal === undefined ? "transport.mount" : "transport.head");
      return;
    }
    const ending = (await runRequestGuards(gate.head, exchange)) ?? (await passBody(request, exchange, gate, answer));
    if (exchange.ended !== "open") return;
    if (ending !== undefined) {
      if (ending === "aborted") return;
      if (ending.kind === "deny") answer.refuse(ending);
      else answer.give(ending);
      if (!request.complete) cutBehind(request);
      return;
    }
    request.principal = exchange.principal;
    setRequestFields(request, exchange, gate);
    exchange.upstreamStartedMs = systemClock.monotonicMs();
    next();
  } catch (error) {
    exchange.failed("express", error);
    answer.refuse(deny("transport.guard-failed"), "express");
  }
}

type BodyEnding = Ending | "aborted" | undefined;

async function passBody(request: Request, exchange: Exchange, gate: Gate, answer: GuardedAnswer): Promise<BodyEnding> {
  if (!exchange.request.hasBody) {
    exchange.body = NO_BODY;
    return runRequestGuards(gate.body, exchange);
  }
  const consumed = gate.operation === undefined ? undefined : consumedBody(request);
  if (consumed !== undefined) return exchange.refuse(consumed, "transport.mount");
  if (gate.body.length === 0) {
    // What came beside the head, while guards were waited for, is in the stream already.
    if (gate.bodyLimitMode === "enforce" && request.readableLength > gate.bodyBytesMax) {
      return exchange.refuse(deny("validation.body-too-large"), "validation.body-length");
    }
    countBody(request, exchange, gate, (denial) => {
      answer.refuse(denial, "validation.body-length");
      cutBehind(request);
    });
    return undefined;
  }
  const isHeld = isReadFromStream(request);
  const read = await (isHeld ? holdBody : readBody)(request, gate.bodyBytesMax, LIMITS.requestBodyTimeoutMs);
  const settled = settleBody(request, exchange, gate, read);
  if (settled === "stream") {
    resumeWhenRead(request);
    return undefined;
  }
  if (settled !== "judge") return settled;
  const ending = await runRequestGuards(gate.body, exchange);
  if (ending === undefined) {
    const bytes = exchange.body.kind === "read" ? exchange.body.bytes : undefined;
    if (isHeld) releaseBody(request, bytes ?? new Uint8Array());
    else request.body = exchange.bodyValue === undefined ? bytes : exchange.bodyValue;
  }
  return ending;
}
