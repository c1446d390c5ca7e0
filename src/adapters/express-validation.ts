// Validation alone, as an Express middleware: one JSON Schema against the bodies of a route.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import { type Exchange, NO_BODY } from "../core/exchange.ts";
import { deny, type Denial } from "../core/outcome.ts";
import { paddedBody, readBody } from "../node/request-body.ts";
import { LIMITS } from "../transport/limits.ts";
import { BODY_BYTES_MAX_DEFAULT, jsonBodyGuards } from "../validation/index.ts";
import { broken, checkOptions, making, misplaced } from "./express-options.ts";
import { Entrance, isOver, type Passage, passGuards, refuse } from "./express-passage.ts";

export interface ValidateBodyOptions {
  /** Largest body. Default 1 MiB. */
  readonly bodyBytesMax?: number;
}

const keptBytes = new WeakMap<object, Buffer>();

/** For `express.json({ verify: keepBytes })` before `validateBody()`: keeps the bytes that a parsed body came from. */
export function keepBytes(request: IncomingMessage, _response: ServerResponse, bytes: Buffer): void {
  keptBytes.set(request, bytes);
}

/**
 * Refuses what is no strict JSON or does not fit the schema (JSON Schema 2020-12), and sets `request.body` from the
 * bytes that it judged. Throws ProblemsError for a schema that cannot be enforced.
 */
export function validateBody(
  schema: Readonly<Record<string, unknown>>,
  options: ValidateBodyOptions = {},
): RequestHandler {
  return making("validateBody", () => {
    checkOptions(options, ["bodyBytesMax"]);
    if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
      throw broken("option-missing", "a JSON Schema is needed", 'Such as { type: "object", … }.');
    }
    const { bodyBytesMax = BODY_BYTES_MAX_DEFAULT } = options;
    if (!Number.isSafeInteger(bodyBytesMax) || bodyBytesMax < 1) {
      throw broken("option-invalid", "bodyBytesMax is no whole number over 0", "Such as 65536.");
    }
    const guards = jsonBodyGuards(schema, bodyBytesMax);
    const entrance = new Entrance("validateBody");
    const judge = async (request: Request, response: Response, next: NextFunction, passage: Passage): Promise<void> => {
      const { exchange } = passage;
      const taken = await takeBody(request, exchange, bodyBytesMax);
      if (isOver(response)) return;
      if (taken instanceof Error) return next(taken);
      if (taken !== undefined) return refuseBody(taken, exchange, response);
      passGuards(guards.body, passage, response, () => {
        request.body = exchange.bodyValue;
        next();
      });
    };
    return (request, response, next) => {
      const passage = entrance.enter(request);
      passGuards(guards.head, passage, response, () => void judge(request, response, next, passage));
    };
  });
}

/** Puts the body's bytes on the exchange; or why they cannot be had. */
async function takeBody(request: Request, exchange: Exchange, bytesMax: number): Promise<Denial | Error | undefined> {
  if (exchange.body.kind === "read") return undefined;
  if (!exchange.request.hasBody) {
    exchange.body = NO_BODY;
    return undefined;
  }
  let bytes = keptBytes.get(request);
  if (bytes === undefined) {
    if (request.readableDidRead || request.body !== undefined) return bodyTaken();
    const read = await readBody(request, bytesMax, LIMITS.requestBodyTimeoutMs);
    if (read.kind === "aborted") return deny("transport.body-incomplete");
    if (read.kind === "late") return deny("transport.body-too-slow");
    if (read.kind === "padded") return paddedBody();
    if (read.kind !== "read") return deny("validation.body-too-large");
    bytes = read.bytes;
  } else if (bytes.length > bytesMax) return deny("validation.body-too-large");
  exchange.requestBytes = bytes.length;
  exchange.body = { kind: "read", bytes };
  return undefined;
}

/** A parsed value does not show duplicate members or lost digits: what was judged might not be what others read. */
function bodyTaken(): Error {
  const remedy = "Mount validateBody() before express.json(), or keep them: express.json({ verify: keepBytes }).";
  return misplaced("validateBody", "body-taken", "the body was read before, and its bytes are gone", remedy);
}

function refuseBody(denial: Denial, exchange: Exchange, response: Response): void {
  const isTooLarge = denial.reason === "validation.body-too-large";
  exchange.refuse(denial, isTooLarge ? "validation.body-length" : "transport.body");
  refuse(denial, exchange, response);
}
