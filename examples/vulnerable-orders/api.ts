// The shop as a server on loopback: with the flaws that it is given, or with none.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { isUtf8 } from "node:buffer";
import { type Answer, type Operation, problem } from "./call.ts";
import type { Flaws } from "./flaws.ts";
import { answerTo, type Asked } from "./judge.ts";
import { accountOperations } from "./operations/account.ts";
import { CATALOGUE } from "./operations/catalogue.ts";
import { ORDERS } from "./operations/orders.ts";
import { TOOLS } from "./operations/tools.ts";
import { Shop } from "./shop.ts";
import { Tokens } from "./tokens.ts";

const BODY_BYTES_MAX = 1024 * 1024;
const BODY_BYTES_FLAWED = 64 * 1024 * 1024;

export interface ShopOptions {
  readonly flaws: Flaws;
  /** 0, any that is free, when left out. */
  readonly port?: number;
  /** Served over https with it. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

export interface RunningShop {
  readonly url: string;
  readonly tokens: Tokens;
  /** All state as it was at the start. */
  reset(): void;
  close(): Promise<void>;
}

export async function startShop({ flaws, port = 0, certificate }: ShopOptions): Promise<RunningShop> {
  const shop = new Shop();
  const tokens = new Tokens();
  const operations = { ...CATALOGUE, ...ORDERS, ...TOOLS, ...accountOperations(tokens) };
  const isSecure = certificate !== undefined;
  const handle = (request: IncomingMessage, response: ServerResponse) =>
    void serve(request, response, { flaws, shop, tokens, operations, isSecure });
  const server = isSecure ? createSecureServer({ ...certificate }, handle) : createServer(handle);
  const bound = await listen(server, port);
  return {
    url: `${isSecure ? "https" : "http"}://127.0.0.1:${bound}`,
    tokens,
    reset: () => shop.reset(),
    close: () => end(server),
  };
}

export async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

export function end(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

interface Serving {
  readonly flaws: Flaws;
  readonly shop: Shop;
  readonly tokens: Tokens;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly isSecure: boolean;
}

async function serve(request: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const { flaws, shop, tokens, operations, isSecure } = serving;
  try {
    const text = await bodyText(request, flaws);
    const asked = (text: string): Asked => ({ flaws, shop, headers: request.headers, ...target(request), text });
    const answer = typeof text === "string" ? await answerTo(asked(text), operations, tokens) : text;
    send(answer, request, response, flaws, isSecure);
  } catch (error) {
    const says = flaws.has("error-with-stack") ? ((error as Error).stack ?? String(error)) : "Something went wrong.";
    send({ status: 500, body: { message: says } }, request, response, flaws, isSecure);
  }
}

function target({ method = "", url = "" }: IncomingMessage): Pick<Asked, "method" | "path" | "query" | "twice"> {
  const mark = url.indexOf("?");
  const search = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
  const names = [...search.keys()];
  return {
    method,
    path: mark < 0 ? url : url.slice(0, mark),
    query: Object.fromEntries(search),
    twice: names.filter((name, i) => names.indexOf(name) !== i),
  };
}

/** The answer where it is too large, or no text. */
async function bodyText(request: IncomingMessage, flaws: Flaws): Promise<string | Answer> {
  const isFlawed = flaws.has("body-unlimited") && (request.url ?? "").startsWith("/v2/orders/import");
  const limit = isFlawed ? BODY_BYTES_FLAWED : BODY_BYTES_MAX;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    // What is too large is read on and dropped, so that the answer is seen.
    if (length <= limit) chunks.push(chunk);
  }
  if (length > limit) return problem(413, "This is too much.");
  const bytes = Buffer.concat(chunks);
  return isUtf8(bytes) ? bytes.toString("utf8") : problem(400, "This is no UTF-8.");
}

function send(
  { status, body, type, headers, raw }: Answer,
  request: IncomingMessage,
  response: ServerResponse,
  flaws: Flaws,
  isSecure: boolean,
): void {
  if (raw !== undefined) {
    response.socket?.end(raw, "latin1");
    return;
  }
  response.statusCode = status;
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("X-Content-Type-Options", "nosniff");
  if (flaws.has("version-told")) response.setHeader("X-Powered-By", "Express/4.16.0");
  if (isSecure && !flaws.has("hsts-missing")) response.setHeader("Strict-Transport-Security", "max-age=63072000");
  const { origin } = request.headers;
  if (origin !== undefined && flaws.has("cors-reflected")) {
    response.setHeader("Access-Control-Allow-Origin", origin);
    response.setHeader("Access-Control-Allow-Credentials", "true");
  }
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  if (body === undefined) {
    response.end();
    return;
  }
  response.setHeader("Content-Type", type ?? "application/json");
  response.end(type === undefined ? JSON.stringify(body) : (body as string));
}
