// An API of a few lines that probes are tried on: routes by method and template, JSON in and out.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly request: IncomingMessage;
  /** Values of the template's parameters, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly text: string;
  /** Undefined where the body is no JSON. */
  readonly json: any; // oxlint-disable-line typescript/no-explicit-any -- tiny APIs take what comes
  /** What a token says of its bearer, unverified; undefined without one. */
  readonly who: Who | undefined;
}

export interface Who {
  readonly sub: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
}

export interface Answered {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Text goes as it is, all else as JSON. */
  readonly body?: unknown;
}

type Route = (asked: Asked, response: ServerResponse) => Answered | undefined | Promise<Answered | undefined>;

/** `GET /orders/{id}` to what answers it; `*` for all else. `undefined`: the route has answered itself. */
export type Routes = Readonly<Record<string, Route>>;

export interface TinyApi {
  readonly origin: string;
  readonly port: number;
  close(): Promise<void>;
}

export async function startTinyApi(routes: Routes): Promise<TinyApi> {
  const server = createServer((request, response) => {
    void answer(routes, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500, { "Content-Type": "text/plain" });
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  const [pathname = "", search = ""] = (request.url ?? "").split("?", 2);
  const [route, path] = find(routes, request.method ?? "", pathname);
  const asked = { request, path, query: new URLSearchParams(search), text, json: parsed(text), who: whoOf(request) };
  const answered =
    route === undefined ? { status: 404, body: { error: "no such thing" } } : await route(asked, response);
  if (answered === undefined) return;
  const { status = 200, headers = {}, body } = answered;
  const isText = typeof body === "string" || Buffer.isBuffer(body);
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (!isText && body !== undefined && !response.hasHeader("content-type"))
    response.setHeader("Content-Type", "application/json");
  response.writeHead(status).end(isText || body === undefined ? body : JSON.stringify(body));
}

function find(routes: Routes, method: string, pathname: string): [Route | undefined, Record<string, string>] {
  for (const [key, route] of Object.entries(routes)) {
    const [wanted, template = ""] = key.split(" ");
    if (wanted !== method) continue;
    const names = [...template.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name as string);
    const pattern = template.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`).replaceAll(/\{[^}]+\}/g, "([^/]*)");
    const found = new RegExp(`^${pattern}$`).exec(pathname);
    if (found !== null) return [route, Object.fromEntries(names.map((name, i) => [name, decoded(found[i + 1] ?? "")]))];
  }
  return [routes["*"], {}];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function whoOf({ headers }: IncomingMessage): Who | undefined {
  const payload = /^Bearer [^.]*\.([^.]*)\./i.exec(headers.authorization ?? "")?.[1];
  const claims = parsed(Buffer.from(payload ?? "", "base64url").toString()) as Record<string, unknown> | undefined;
  if (claims === undefined || claims === null || typeof claims["sub"] !== "string") return undefined;
  const scopes = typeof claims["scope"] === "string" ? claims["scope"].split(" ") : [];
  return { sub: claims["sub"], scopes, roles: Array.isArray(claims["roles"]) ? (claims["roles"] as string[]) : [] };
}
