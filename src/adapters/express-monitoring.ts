// Monitoring alone, as an Express middleware: one audit event per request, with what the other practices refused.
import type { Request, RequestHandler, Response } from "express";
import { hasNoBody } from "../core/answer.ts";
import { systemClock } from "../core/clock.ts";
import type { Exchange } from "../core/exchange.ts";
import { type AuditRecorder, consoleSink, createRecorder, fileSink, type Sink } from "../monitoring/index.ts";
import { whenClosed, whoBrokeOff } from "./express-exchange.ts";
import { broken, checkOptions, making } from "./express-options.ts";
import { type ApplicationLog, applicationLog, withinRequest } from "./request-context.ts";
import { Entrance, type ProxyOptions, refuseHead } from "./express-passage.ts";

export interface AuditLogOptions extends ProxyOptions {
  /** JSON lines in Elastic Common Schema, hidden from other users, rotated at 100 MiB, 10 kept. */
  readonly file?: string;
  /** Where the process runs: readable on a terminal, JSON lines elsewhere. Default: where nothing else is named. */
  readonly console?: boolean;
  /** Sinks of one's own, beside those. */
  readonly sinks?: readonly Sink[];
  /** `service.name` of the events. */
  readonly service?: string;
}

export interface AuditLogHandler extends RequestHandler {
  /** Takes a line of the application's own log for the record: what the bridges for Winston and pino call. */
  readonly log: ApplicationLog;
  /** Resolves when what was recorded so far has been handed on. */
  flush(): Promise<void>;
  /** Writes what is still to be recorded; nothing is recorded afterwards. */
  close(): Promise<void>;
}

const counted = new WeakSet<Exchange>();
const KNOWN = ["file", "console", "sinks", "service", "trustedProxies"];

/**
 * Records every request that comes this far, once, when it has ended in whatever way: mount it first. Every answer
 * carries the event's request id. Throws ProblemsError where the file cannot be opened.
 */
export function auditLog(options: AuditLogOptions = {}): AuditLogHandler {
  return making("auditLog", () => {
    checkOptions(options, KNOWN);
    const entrance = new Entrance("auditLog", options);
    const { service } = options;
    const recorder = createRecorder({ sinks: sinksOf(options), ...(service === undefined ? {} : { service }) });
    const handler: RequestHandler = (request, response, next) => {
      const passage = entrance.enter(request);
      if (!counted.has(passage.exchange)) countBodies(request, response, passage.exchange);
      record(response, passage.exchange, recorder);
      response.setHeader("X-Request-Id", passage.exchange.id);
      if (passage.refusal === undefined) withinRequest(passage.exchange, next);
      else refuseHead(passage, passage.refusal, response);
    };
    return Object.assign(handler, {
      log: applicationLog(recorder),
      flush: () => recorder.flush(),
      close: () => recorder.close(),
    });
  });
}

function sinksOf({ file, console, sinks = [] }: AuditLogOptions): Sink[] {
  const own: Sink[] = [];
  if (file !== undefined) own.push(openFile(file));
  if (console ?? (file === undefined && sinks.length === 0)) own.push(consoleSink());
  if (own.length + sinks.length > 0) return [...own, ...sinks];
  throw broken("option-invalid", "nothing takes the events", "Name a `file`, or leave `console: false` out.");
}

function openFile(file: string): Sink {
  try {
    return fileSink({ path: file });
  } catch (error) {
    const code = (error as { code?: unknown } | null)?.code;
    const why = typeof code === "string" ? code : "it is no file";
    throw broken("sink-unopened", `${file} cannot be opened: ${why}`, "Make its folder, writable by this user.");
  }
}

/** Two logs of one request are both told of it. */
function record(response: Response, exchange: Exchange, recorder: AuditRecorder): void {
  whenClosed(response, () => {
    if (exchange.ended === "open") conclude(response, exchange);
    recorder.exchange(exchange);
  });
}

function conclude(response: Response, exchange: Exchange): void {
  exchange.endedMs = systemClock.monotonicMs();
  exchange.answerStatus = response.headersSent ? response.statusCode : 0;
  if (hasNoBody(exchange.request.method, response.statusCode)) exchange.answerBytes = 0;
  exchange.ended = response.writableFinished ? "complete" : whoBrokeOff(response);
}

type Method = (...args: unknown[]) => never;

/** Counts what Node's parser hands over and what goes out, whoever reads or writes it. */
function countBodies(request: Request, response: Response, exchange: Exchange): void {
  const push = request.push.bind(request);
  request.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk !== null) exchange.requestBytes += chunk.length;
    return push(chunk, encoding);
  };
  counted.add(exchange);
  exchange.requestBytes = request.readableLength;
  for (const name of ["write", "end"] as const) {
    const method = response[name].bind(response) as Method;
    response[name] = ((chunk: unknown, encoding: unknown, ...rest: unknown[]) => {
      exchange.answerBytes += bytesOf(chunk, encoding);
      return method(chunk, encoding, ...rest);
    }) as never;
  }
}

function bytesOf(chunk: unknown, encoding: unknown): number {
  if (chunk instanceof Uint8Array) return chunk.byteLength;
  if (typeof chunk !== "string") return 0;
  return Buffer.byteLength(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8");
}
