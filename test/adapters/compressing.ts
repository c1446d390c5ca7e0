// A compressing middleware as applications use them: it wraps the response's methods, and sets its fields at the last moment.
import type { RequestHandler, Response } from "express";
import { gzipSync } from "node:zlib";

/** Answers with gzip where the request takes it. */
export const compressing: RequestHandler = (request, response, next) => {
  if (String(request.headers["accept-encoding"]).includes("gzip")) wrap(response);
  next();
};

function wrap(response: Response): void {
  const chunks: Buffer[] = [];
  const end = response.end.bind(response);
  const writeHead = response.writeHead.bind(response) as (status: number) => Response;
  let head: number | undefined;
  response.writeHead = ((status: number) => {
    head = status;
    return response;
  }) as never;
  response.write = ((chunk: Buffer) => chunks.push(Buffer.from(chunk)) > 0) as never;
  response.end = ((chunk?: string | Buffer) => {
    if (chunk !== undefined) chunks.push(Buffer.from(chunk as string));
    const body = gzipSync(Buffer.concat(chunks));
    response
      .setHeader("Content-Encoding", "gzip")
      .setHeader("Vary", "Accept-Encoding")
      .setHeader("Content-Length", body.length);
    writeHead(head ?? response.statusCode);
    return end(body);
  }) as never;
}
