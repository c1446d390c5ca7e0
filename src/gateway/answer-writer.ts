// Writes an answer's head to the client, over HTTP/1.1 or HTTP/2.
import { constants, type Http2ServerResponse, type OutgoingHttpHeaders } from "node:http2";
import type { AnswerHead, Exchange } from "../core/exchange.ts";
import type { FieldLines } from "../http/fields.ts";
import { connectionOf } from "./connection.ts";
import type { NodeResponse } from "../node/incoming.ts";
import { withOwnFields } from "../node/own-fields.ts";

/** Sends the head. The exchange's own fields replace those of the same name; `close` ends the connection afterwards. */
export function writeHead(response: NodeResponse, exchange: Exchange, answer: AnswerHead, close: boolean): void {
  const lines = withOwnFields(exchange, framed(answer));
  exchange.answerStatus = answer.status;
  if ("stream" in response) {
    writeHttp2Head(response, answer.status, lines);
    return;
  }
  if (close) {
    lines.push("Connection", "close");
    connectionOf(response.req.socket).closing = true;
  }
  response.writeHead(answer.status, lines);
}

/** A body up to this size joins its head as text: one write of one string costs less than one of two pieces (measured). */
const JOINED_BYTES_MAX = 8 * 1024;

/** Ends an answer with its whole body. The head must have been written, and goes out in the same write. */
export function endWhole(response: NodeResponse, body: Buffer): void {
  if ("stream" in response) response.end(body);
  // Each byte is one character of latin1, whatever the bytes mean.
  else if (body.length <= JOINED_BYTES_MAX) response.end(body.toString("latin1"), "latin1");
  else response.end(body);
}

/**
 * A length where there is no body would have some client wait for it, and over HTTP/2 makes the answer malformed
 * (RFC 9110 8.6, RFC 9113 8.1.1). The one of 304 would be another answer's. 205 says that it is empty (RFC 9110 15.3.6).
 */
function framed({ status, lines }: AnswerHead): FieldLines {
  if (status !== 204 && status !== 205 && status !== 304) return lines;
  const kept: string[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    if ((lines[i] as string).toLowerCase() !== "content-length") kept.push(lines[i] as string, lines[i + 1] as string);
  }
  if (status === 205) kept.push("Content-Length", "0");
  return kept;
}

/**
 * Ends an answer so that its client sees that it is not whole (RFC 9112 8, RFC 9113 8.1). Destroying the response would
 * over HTTP/2 reset the stream with NO_ERROR, which clients take for its end.
 */
export function breakOff(response: NodeResponse): void {
  if ("stream" in response) response.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else response.destroy();
}

/** Behind a whole answer: the client may stop sending (RFC 9113 8.1). A reset at once would overtake the answer's end. */
export function endUpload({ stream }: Http2ServerResponse): void {
  stream.once("finish", () => setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR)));
}

/**
 * A client that leaves its stream open behind a whole answer keeps it, and its exchange unrecorded, for as long as it likes: after a
 * while nobody waits for it.
 */
export function endOpenUpload({ stream }: Http2ServerResponse, lingerMs: number): void {
  stream.once("finish", () => {
    const timer = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), lingerMs).unref();
    stream.once("close", () => clearTimeout(timer));
  });
}

/** Lists that may come in several lines (RFC 9110 5.3); over HTTP/2 Node takes each in one alone. */
const LISTS: ReadonlySet<string> = new Set(["content-encoding", "content-language"]);

function writeHttp2Head(response: Http2ServerResponse, status: number, lines: FieldLines): void {
  // Without a prototype: `constructor` is a field like any other.
  const headers = Object.create(null) as Record<string, string | string[]>;
  for (let i = 0; i < lines.length; i += 2) {
    const name = (lines[i] as string).toLowerCase();
    const value = lines[i + 1] as string;
    const earlier = headers[name];
    if (earlier === undefined) headers[name] = value;
    else if (LISTS.has(name)) headers[name] = `${earlier as string}, ${value}`;
    // A server between API and gate that says its own: nothing hangs on the second.
    else if (name === "date") continue;
    else if (Array.isArray(earlier)) earlier.push(value);
    else headers[name] = [earlier, value];
  }
  try {
    response.writeHead(status, headers as OutgoingHttpHeaders);
  } catch (error) {
    // HTTP/2 cannot say what the API said. What was set before must not go out with the refusal that takes its place.
    if (!response.headersSent) for (const name of response.getHeaderNames()) response.removeHeader(name);
    throw error;
  }
}
