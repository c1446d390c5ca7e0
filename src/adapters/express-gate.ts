// Carries an Express request through a gate: head guards, body, body guards; then the application, or a denial.
import type { NextFunction, Request, Response } from "express";
import { type Exchange, NO_BODY, OVER_LIMIT_BODY, STREAMING_BODY } from "../core/exchange.ts";
import type { Gate } from "../core/gate.ts";
import { deny, type Denial, type Ending } from "../core/outcome.ts";
import { runRequestGuards } from "../core/run.ts";
import { readBody } from "../node/request-body.ts";
import { LIMITS } from "../transport/limits.ts";
import { guardAnswer } from "./express-answer.ts";

/** Runs the gate over the exchange and goes on to the application unless it is denied. Never rejects. */
export async function passGate(
  request: Request,
  response: Response,
  next: NextFunction,
  exchange: Exchange,
  gate: Gate,
  refusal: Denial | undefined,
): Promise<void> {
  const refuse = guardAnswer(response, exchange, gate);
  if (refusal !== undefined) {
    exchange.denial = refusal;
    exchange.deniedBy = "transport.head";
    refuse(refusal);
    return;
  }
  const ending = (await runRequestGuards(gate.head, exchange)) ?? (await passBody(request, exchange, gate));
  if (exchange.ended !== "open") return;
  if (ending !== undefined) {
    answer(response, refuse, ending);
    return;
  }
  request.principal = exchange.principal;
  setUpstreamFields(request, exchange);
  next();
}

function answer(response: Response, refuse: (denial: Denial) => void, ending: Ending): void {
  if (ending.kind === "deny") {
    refuse(ending);
    return;
  }
  response.writeHead(ending.status, [...ending.lines]);
  response.end(ending.body);
}

async function passBody(request: Request, exchange: Exchange, gate: Gate): Promise<Ending | undefined> {
  if (!exchange.request.hasBody) {
    exchange.body = NO_BODY;
    return runRequestGuards(gate.body, exchange);
  }
  if (gate.body.length === 0) {
    exchange.body = STREAMING_BODY;
    countStreamed(request, exchange, gate);
    return undefined;
  }
  const read = await readBody(request, gate.bodyBytesMax, LIMITS.requestBodyTimeoutMs);
  switch (read.kind) {
    case "aborted":
      return deny("transport.body-incomplete");
    case "late":
      return refused(exchange, deny("transport.body-too-slow"), "transport.body");
    case "over-limit": {
      const denial = deny("validation.body-too-large");
      if (gate.bodyLimitMode === "enforce") return refused(exchange, denial, "validation.body-length");
      exchange.note({ guard: "validation.body-length", kind: "would-deny", denial });
      exchange.body = OVER_LIMIT_BODY;
      request.unshift(read.soFar);
      return undefined;
    }
    case "read":
      break;
  }
  exchange.requestBytes = read.bytes.length;
  exchange.body = read.bytes.length === 0 ? NO_BODY : { kind: "read", bytes: read.bytes };
  const ending = await runRequestGuards(gate.body, exchange);
  if (ending === undefined) request.body = exchange.bodyValue ?? read.bytes;
  return ending;
}

function refused(exchange: Exchange, denial: Denial, by: string): Denial {
  exchange.denial = denial;
  exchange.deniedBy = by;
  return denial;
}

/** A body that streams to the application is counted as Node's parser hands it over; beyond the limit the connection ends. */
function countStreamed(request: Request, exchange: Exchange, gate: Gate): void {
  const push = request.push.bind(request);
  request.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk !== null) exchange.requestBytes += chunk.length;
    if (exchange.requestBytes > gate.bodyBytesMax && gate.bodyLimitMode === "enforce") {
      refused(exchange, deny("validation.body-too-large"), "validation.body-length");
      request.destroy();
      return false;
    }
    return push(chunk, encoding);
  };
}

/** What guards say to the API behind, as request fields; a client's own of those names are gone (G11). */
function setUpstreamFields(request: Request, exchange: Exchange): void {
  const fields = exchange.upstreamFields;
  for (let i = 0; i < fields.length; i += 2) {
    request.headers[(fields[i] as string).toLowerCase()] = fields[i + 1] as string;
  }
}
