// The servers that take requests: plain HTTP/1.1, or TLS with HTTP/1.1 and HTTP/2 on one port.
import { createSecureServer, type Http2SecureServer, type Http2ServerResponse, type Http2Session } from "node:http2";
import net, { type AddressInfo, type Socket } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { createServer } from "../node/http.ts";
import { http1ServerOptions, http2ServerOptions } from "../transport/server-options.ts";
import type { Limits } from "../transport/limits.ts";
import { rotateTicketKeys, tlsServerOptions } from "../transport/tls-options.ts";
import { answerClientError, answerInClear, refuseConnect } from "./client-error.ts";
import { connectionOf } from "./connection.ts";
import type { GatewayState } from "./gateway-state.ts";
import { type ListenAddress, listening } from "./listening.ts";
import { isHttp2, type NodeRequest, type NodeResponse } from "../node/incoming.ts";
import { answerUnbegun } from "../node/unbegun.ts";
import { Passage } from "./passage.ts";
import { nameOf, Room } from "./room.ts";
import { guardSession } from "./session-guard.ts";

export interface Listener {
  readonly address: AddressInfo;
  /** How many connections are open. */
  connections(): number;
  /** Takes no new connections; those that are open go on. */
  stop(): void;
  /** Tells HTTP/2 clients to go (GOAWAY); their open streams finish. */
  endSessions(): void;
  /** Resolves when no connection is open. */
  whenNoneOpen(): Promise<void>;
  /** Closes HTTP/1.1 connections on which nothing is under way. */
  endIdle(): void;
  /** Cuts what is left. */
  cut(): void;
  /** New connections use this certificate from now on. */
  renew(material: SecureContextOptions): void;
}

export async function listen(
  state: GatewayState,
  at: ListenAddress,
  tls: SecureContextOptions | undefined,
): Promise<Listener> {
  const { limits } = state;
  const server = tls === undefined ? createServer(http1ServerOptions(limits)) : secureServer(tls, limits);
  server.maxConnections = limits.connectionsMax;
  // A client that reads nothing holds its answer in memory. Event streams lift this for themselves.
  server.setTimeout(limits.socketIdleTimeoutMs);
  server.on("timeout", (socket: Socket) => endUnread(socket, limits.socketIdleTimeoutMs));
  const stopRotation = "setTicketKeys" in server ? rotateTicketKeys(server) : undefined;
  const sockets = new Set<Socket>();
  const room = new Room();
  let noneOpen: (() => void) | undefined;
  const sessions = new Set<Http2Session>();
  const take = (request: NodeRequest, response: NodeResponse) => enter(state, request, response, false);
  server.on("request", take);
  server.on("checkContinue", (request: NodeRequest, response: NodeResponse) => enter(state, request, response, true));
  server.on("checkExpectation", take);
  server.on("connect", (request: NodeRequest, other: Socket | Http2ServerResponse) => {
    // A CONNECT over HTTP/2 is one stream among others, and its answer is refused as any is.
    if ("stream" in other) enter(state, request, other, false);
    else refuseConnect(state, request, other);
  });
  server.on("clientError", (error: Error, socket: Socket) => {
    if (!answerInClear(state, error, room.below(socket))) answerClientError(state, error, socket);
  });
  server.on("session", (session: Http2Session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    room.speaksHttp2(session);
    guardSession(state, session);
  });
  server.on("secureConnection", (socket: Socket) => room.speaksTls(socket));
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    if (sockets.size >= limits.connectionsMax) room.make(sockets, socket, tls !== undefined);
    if (tls !== undefined) room.awaitsTls(socket);
    const name = nameOf(socket);
    socket.once("close", () => {
      room.left(name);
      sockets.delete(socket);
      if (sockets.size === 0) noneOpen?.();
    });
  });
  await listening(server, at);
  return {
    address: server.address() as AddressInfo,
    connections: () => sockets.size,
    // http.Server.close would also close idle connections at once, and cost the request that is just on its way.
    stop: () => void net.Server.prototype.close.call(server),
    endSessions: () => {
      for (const session of sessions) session.close();
    },
    whenNoneOpen: () =>
      new Promise((resolve) => {
        if (sockets.size === 0) resolve();
        else noneOpen = resolve;
      }),
    endIdle: () => {
      if ("closeIdleConnections" in server) server.closeIdleConnections();
    },
    cut: () => {
      stopRotation?.();
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
    },
    renew: (material) => {
      if ("setSecureContext" in server) server.setSecureContext({ ...tlsServerOptions(limits), ...material });
    },
  };
}

/** Silence alone is no fault while a request waits for the upstream, which has limits of its own. */
function endUnread(socket: Socket, idleTimeoutMs: number): void {
  const { open } = connectionOf(socket);
  if (open > 0 && socket.writableLength === 0) socket.setTimeout(idleTimeoutMs);
  else socket.destroy();
}

function enter(state: GatewayState, request: NodeRequest, response: NodeResponse, expectsContinue: boolean): void {
  try {
    begin(state, request, response, expectsContinue);
  } catch (error) {
    answerUnbegun(state.recorder, response, error);
  }
}

function begin(state: GatewayState, request: NodeRequest, response: NodeResponse, expectsContinue: boolean): void {
  if (isHttp2(request)) {
    new Passage(state, request, response, expectsContinue).start();
    return;
  }
  const connection = connectionOf(request.socket);
  if (!connection.takes(state.limits.pipelinedMax)) {
    connection.afterLast(() => request.socket.destroySoon());
    return;
  }
  const passage = new Passage(state, request, response, expectsContinue, connection);
  connection.took(passage);
  passage.start();
}

function secureServer(material: SecureContextOptions, limits: Limits): Http2SecureServer {
  return createSecureServer({
    ...http1ServerOptions(limits),
    ...http2ServerOptions(limits),
    ...tlsServerOptions(limits),
    ...material,
  });
}
