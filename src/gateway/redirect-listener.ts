// The plain HTTP port: it takes no request to the API, it only names the https address. What came is recorded as any exchange is.
import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { createServer } from "../node/http.ts";
import { Exchange } from "../core/exchange.ts";
import { incomingHead, rejectedHead } from "../node/incoming.ts";
import { endBehind } from "../node/lingering.ts";
import { LIMITS } from "../transport/limits.ts";
import { redirectAnswer } from "../transport/redirect.ts";
import { http1ServerOptions } from "../transport/server-options.ts";
import { answerClientError, refuseConnect } from "./client-error.ts";
import { connectionOf } from "./connection.ts";
import type { GatewayState } from "./gateway-state.ts";
import { type ListenAddress, listening } from "./listening.ts";

/** Resolves when it listens. The host in the answer is that of `publicUrl`, never the request's. */
export async function startRedirect(at: ListenAddress, publicUrl: () => string, state: GatewayState): Promise<Server> {
  const take = (request: IncomingMessage, response: ServerResponse) => {
    const connection = connectionOf(request.socket);
    // One request of a connection: what comes behind it is neither answered nor recorded.
    if (connection.closing) return;
    connection.closing = true;
    answer(request, response, publicUrl(), state);
  };
  const server = createServer(http1ServerOptions(), take);
  // Nobody is told to go on with a body in clear.
  server.on("checkContinue", take);
  server.on("checkExpectation", take);
  server.on("connect", (request: IncomingMessage, socket: Socket) => refuseConnect(state, request, socket));
  server.on("clientError", (error: Error, socket: Socket) => answerClientError(state, error, socket));
  server.maxConnections = LIMITS.connectionsMax;
  server.setTimeout(LIMITS.socketIdleTimeoutMs);
  await listening(server, at);
  return server;
}

function answer(request: IncomingMessage, response: ServerResponse, publicUrl: string, state: GatewayState): void {
  const { clock, generation, recorder } = state;
  const incoming = incomingHead(request);
  const head = rejectedHead(incoming, generation.settle);
  const exchange = new Exchange(randomUUID(), head, clock.nowMs(), clock.monotonicMs());
  exchange.policyVersion = generation.policy.version;
  const { status, lines, body, denial } = redirectAnswer(publicUrl, incoming.target, incoming.rawFields, exchange.id);
  if (denial !== undefined) exchange.refuse(denial, "transport.redirect");
  response.once("close", () => {
    exchange.ended = response.writableEnded ? "complete" : "client-left";
    exchange.endedMs = clock.monotonicMs();
    recorder.exchange(exchange);
  });
  exchange.answerStatus = status;
  response.writeHead(status, [...lines, "Connection", "close"]);
  if (request.method === "HEAD" || body.length === 0) response.flushHeaders();
  else response.write(body);
  exchange.answerBytes = request.method === "HEAD" ? 0 : body.length;
  endBehind(request, response);
}
