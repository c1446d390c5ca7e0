// The plain HTTP port: it takes no request to the API, it only names the https address.
import { createServer, type Server } from "node:http";
import { type ListenAddress, listening } from "./listening.ts";
import { redirectAnswer } from "../transport/redirect.ts";
import { http1ServerOptions } from "../transport/server-options.ts";

/** Resolves when it listens. The host in the answer is that of `publicUrl`, never the request's. */
export async function startRedirect(at: ListenAddress, publicUrl: string): Promise<Server> {
  const server = createServer(http1ServerOptions(), (request, response) => {
    const answer = redirectAnswer(publicUrl, request.method ?? "", request.url ?? "", request.rawHeaders);
    response.writeHead(answer.status, [...answer.lines, "Connection", "close"]);
    response.end(answer.body);
  });
  await listening(server, at);
  return server;
}
