// The plain HTTP port: it takes no request to the API, it only names the https address.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type ListenAddress, listening } from "./listening.ts";
import { endBehind } from "../node/lingering.ts";
import { LIMITS } from "../transport/limits.ts";
import { redirectAnswer } from "../transport/redirect.ts";
import { http1ServerOptions } from "../transport/server-options.ts";

/** Resolves when it listens. The host in the answer is that of `publicUrl`, never the request's. */
export async function startRedirect(at: ListenAddress, publicUrl: () => string): Promise<Server> {
  const take = (request: IncomingMessage, response: ServerResponse) => {
    const answer = redirectAnswer(publicUrl(), request.url ?? "", request.rawHeaders);
    response.writeHead(answer.status, [...answer.lines, "Connection", "close"]);
    if (request.method === "HEAD" || answer.body.length === 0) response.flushHeaders();
    else response.write(answer.body);
    endBehind(request, response);
  };
  const server = createServer(http1ServerOptions(), take);
  // Nobody is told to go on with a body in clear.
  server.on("checkContinue", take);
  server.on("checkExpectation", take);
  server.maxConnections = LIMITS.connectionsMax;
  server.setTimeout(LIMITS.socketIdleTimeoutMs);
  await listening(server, at);
  return server;
}
