// What an application may see of a request that passed its gate, and what must not have happened to it before.
import type { Request } from "express";
import { type Exchange, STREAMING_BODY } from "../core/exchange.ts";
import type { Gate } from "../core/gate.ts";
import { deny, type Denial } from "../core/outcome.ts";
import { requestLines } from "../node/request-lines.ts";

/** About this connection and this message's framing: Node's to say, and parsers after the gate read them. */
const OF_THIS_HOP: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "expect",
  "te",
  "trailer",
  "upgrade",
]);

/**
 * Express routes by `url` below `baseUrl`, the gate by what the client sent. Where a middleware before the gate made
 * something else of it, another operation's gate would guard the handler.
 */
export function rewrittenUrl(request: Request): Denial | undefined {
  const { baseUrl, url, originalUrl } = request;
  if (baseUrl + url === originalUrl) return undefined;
  // At the very path of a mount, Express adds a slash.
  if (/^\/($|\?)/.test(url) && baseUrl + url.slice(1) === originalUrl) return undefined;
  return deny("transport.mounted-late", { internal: "a middleware before Portcullis rewrote the URL" });
}

/** A body that somebody else read cannot be judged, and what they made of it is not what a guard saw. */
export function consumedBody(request: Request): Denial | undefined {
  if (!request.readableDidRead && !request.readableEnded) return undefined;
  return deny("transport.mounted-late", { internal: "a middleware before Portcullis read the body" });
}

/**
 * Gives the application the fields that an API behind the gateway gets: what only proxies may say is gone or said afresh
 * (G08 to G11), and what guards say is set. `rawHeaders` stays as the client sent it.
 */
export function setRequestFields(request: Request, exchange: Exchange, gate: Gate): void {
  const { headers } = request;
  const lines = requestLines(exchange, gate);
  const values = new Map<string, string | undefined>();
  for (let i = 0; i < lines.length; i += 2) {
    const name = (lines[i] as string).toLowerCase();
    // What came more than once stays as Node joined it.
    values.set(name, values.has(name) ? undefined : lines[i + 1]);
  }
  for (const name of Object.keys(headers)) {
    if (!OF_THIS_HOP.has(name) && !values.has(name)) delete headers[name];
  }
  for (const [name, value] of values) if (value !== undefined) headers[name] = value;
  const { body } = exchange;
  if (body.kind !== "read" || body.replaced !== true) return;
  if (headers["content-length"] !== undefined) headers["content-length"] = String(body.bytes.length);
}

/**
 * Counts a body that streams to the application, as Node's parser hands it over. Beyond the limit nothing more is handed
 * on, its end neither: a cut body never looks whole.
 */
export function countBody(request: Request, exchange: Exchange, gate: Gate, over: (denial: Denial) => void): void {
  exchange.body = STREAMING_BODY;
  exchange.requestBytes = request.readableLength;
  const push = request.push.bind(request);
  let isOver = false;
  request.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    if (chunk !== null) exchange.requestBytes += chunk.length;
    if (isOver) return true;
    isOver = exchange.requestBytes > gate.bodyBytesMax && gate.bodyLimitMode === "enforce";
    if (!isOver) return push(chunk, encoding);
    over(deny("validation.body-too-large"));
    return true;
  };
}

/** A stream that was paused stays so when somebody listens for its data. Who reads it now never paused it. */
export function resumeWhenRead(request: Request): void {
  const listened = (event: string | symbol) => {
    if (event !== "data") return;
    request.off("newListener", listened);
    process.nextTick(() => request.resume());
  };
  request.on("newListener", listened);
}
