// Answers what Node's parser refused before there was a request, and CONNECT; records it like everything else.
import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { type Ended, Exchange } from "../core/exchange.ts";
import { type Denial, deny } from "../core/outcome.ts";
import { type ReasonCode, REASONS } from "../core/reasons/registry.ts";
import type { IncomingHead } from "../transport/settle.ts";
import { problemAnswer } from "../node/problem-answer.ts";
import { connectionOf } from "./connection.ts";
import type { GatewayState } from "./gateway-state.ts";
import { incomingHead, type NodeRequest, rejectedHead } from "../node/incoming.ts";

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
  501: "Not Implemented",
};

/** What came over a connection could not be read as HTTP. The connection ends: nothing after it can be trusted. */
export function answerClientError(state: GatewayState, error: Error, socket: Socket): void {
  const code = (error as { code?: unknown }).code;
  // Without a handshake there is no client that could read an answer, and no request to record.
  if (code === "ECONNRESET" || code === "EPIPE" || !socket.writable || code === "ERR_TLS_HANDSHAKE_TIMEOUT") {
    socket.destroy();
    return;
  }
  const connection = connectionOf(socket);
  const denial = clientErrorDenial(code);
  const { last } = connection;
  if (last !== undefined && connection.open > 0 && !last.request.complete) {
    // Its body is what broke: with it the request is void, and so is all that follows.
    connection.closing = true;
    // Its client ended the connection within it: that is no framing to be suspicious of.
    last.broke(code === "HPE_INVALID_EOF_STATE" ? deny("transport.body-incomplete", { internal: code }) : denial);
    return;
  }
  answerInTurn(state, socket, unreadHead(socket), denial);
}

/** OpenSSL's words for a request in clear, and for a CONNECT in clear. */
const IN_CLEAR: ReadonlySet<unknown> = new Set(["ERR_SSL_HTTP_REQUEST", "ERR_SSL_HTTPS_PROXY_REQUEST"]);

/** Plain HTTP came where TLS is spoken. `socket` is the connection below TLS: its client reads no other answer. */
export function answerInClear(state: GatewayState, error: Error, socket: Socket | undefined): boolean {
  if (socket === undefined || !IN_CLEAR.has((error as { code?: unknown }).code)) return false;
  const detail = "This port speaks https.";
  answerInTurn(
    state,
    socket,
    unreadHead(socket),
    deny("transport.https-required", { detail, internal: "plain HTTP on the port of TLS" }),
  );
  return true;
}

const CLIENT_ERRORS: Readonly<Record<string, ReasonCode>> = {
  HPE_HEADER_OVERFLOW: "transport.fields-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "transport.body-too-slow",
  HPE_INVALID_METHOD: "transport.method-not-supported",
};

function clientErrorDenial(code: unknown): Denial {
  const internal = typeof code === "string" ? code : "unknown";
  return deny(CLIENT_ERRORS[internal] ?? "transport.framing-invalid", { internal });
}

/** CONNECT asks for a tunnel, which a gateway for an API never opens. */
export function refuseConnect(state: GatewayState, request: NodeRequest, socket: Socket): void {
  // Node has let go of this socket: a reset that nobody takes would end the process, silence would last for good, and requests
  // whose answers are due would never learn that their client left.
  socket.on("error", () => socket.destroy());
  socket.setTimeout(state.limits.socketIdleTimeoutMs, () => socket.destroy());
  socket.once("close", () => state.left(connectionOf(socket)));
  socket.once("end", () => socket.end());
  socket.resume();
  answerInTurn(state, socket, incomingHead(request), deny("transport.method-not-supported"));
}

/** Behind the answers that are due, so that none of them is taken for another's. Once: what comes next is noise. */
function answerInTurn(state: GatewayState, socket: Socket, incoming: IncomingHead, denial: Denial): void {
  const connection = connectionOf(socket);
  if (connection.closing) return;
  connection.closing = true;
  let isDue = true;
  const answer = () => {
    if (isDue) answerRaw(state, socket, incoming, denial);
    isDue = false;
  };
  connection.afterLast(answer);
  // Whoever is gone before has tried nevertheless: it is recorded.
  socket.once("close", answer);
}

function answerRaw(state: GatewayState, socket: Socket, incoming: IncomingHead, denial: Denial): void {
  const exchange = refusedExchange(state, incoming, denial);
  const { head, body } = problemAnswer(exchange, denial);
  const status = REASONS[denial.reason].status;
  const lines = [`HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? "Refused"}`];
  for (let i = 0; i < head.lines.length; i += 2)
    lines.push(`${head.lines[i] as string}: ${head.lines[i + 1] as string}`);
  lines.push(`X-Request-Id: ${exchange.id}`, "Connection: close", "", "");
  const isThere = socket.writable;
  if (isThere) {
    socket.end(Buffer.concat([Buffer.from(lines.join("\r\n"), "latin1"), body]));
    socket.resume();
    setTimeout(() => socket.destroy(), state.limits.lingerMs).unref();
    exchange.answerStatus = status;
    exchange.answerBytes = body.length;
  }
  record(state, exchange, isThere ? "complete" : "client-left");
}

/** What could not be answered: it is no request yet, or its client is gone. */
export function recordUnread(state: GatewayState, incoming: IncomingHead, denial: Denial): void {
  record(state, refusedExchange(state, incoming, denial), "client-left");
}

function refusedExchange({ clock, generation }: GatewayState, incoming: IncomingHead, denial: Denial): Exchange {
  const request = rejectedHead(incoming, generation.settle);
  const exchange = new Exchange(randomUUID(), request, clock.nowMs(), clock.monotonicMs());
  exchange.policyVersion = generation.policy.version;
  exchange.refuse(denial, "transport.head");
  return exchange;
}

function record({ clock, recorder }: GatewayState, exchange: Exchange, ended: Ended): void {
  exchange.ended = ended;
  exchange.endedMs = clock.monotonicMs();
  recorder.exchange(exchange);
}

function unreadHead(socket: Socket): IncomingHead {
  return {
    method: "",
    target: "",
    rawFields: [],
    protocol: "HTTP/1.1",
    secure: (socket as { encrypted?: boolean }).encrypted === true,
    peerAddress: socket.remoteAddress ?? "",
  };
}
