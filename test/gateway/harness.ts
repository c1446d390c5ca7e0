// Starts a gateway over an upstream of the test's own, with gates bound by hand: what is tested is the way through.
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { Exchange } from "../../src/core/exchange.ts";
import { bindGate, type Gate } from "../../src/core/gate.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { Recorder, SystemEvent } from "../../src/core/record.ts";
import { type GatewayOptions, type RunningGateway, startGateway } from "../../src/gateway/start.ts";
import { answerGuard } from "../../src/transport/answer-guard.ts";
import { createSettler } from "../../src/transport/settle.ts";

export interface Recorded extends Recorder {
  readonly exchanges: Exchange[];
  readonly events: SystemEvent[];
  /** Resolves with the exchange once as many have been recorded. */
  nth(count: number): Promise<Exchange>;
}

function memoryRecorder(): Recorded {
  const exchanges: Exchange[] = [];
  const events: SystemEvent[] = [];
  const waiting: { count: number; resolve: (exchange: Exchange) => void }[] = [];
  return {
    exchanges,
    events,
    exchange: (exchange) => {
      exchanges.push(exchange);
      for (const wait of waiting.filter(({ count }) => count <= exchanges.length)) {
        wait.resolve(exchanges[wait.count - 1] as Exchange);
      }
    },
    system: (event) => void events.push(event),
    close: () => Promise.resolve(),
    nth: (count) =>
      exchanges.length >= count
        ? Promise.resolve(exchanges[count - 1] as Exchange)
        : new Promise((resolve) => void waiting.push({ count, resolve })),
  };
}

export interface Upstream {
  readonly origin: string;
  readonly seen: { method: string; url: string; headers: IncomingMessage["headers"]; body: Buffer }[];
  readonly connections: () => number;
  close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** An API that notes what reached it whole. `handler` answers at the request's head. */
export async function startUpstream(handler: Handler): Promise<Upstream> {
  const seen: Upstream["seen"] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks) });
    });
    handler(request, response);
  });
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** An API that says hello once it has read the request, and too much about itself. */
export const hello = (): Promise<Upstream> =>
  startUpstream((request, response) => {
    response.setHeader("Server", "secret/1.0");
    request.on("end", () => response.end("hello"));
  });

export const OPEN_GATE: Gate = bindGate({
  operation: { id: "any", method: "GET", template: "/any", tags: [] },
  head: [],
  body: [],
  response: [answerGuard({})],
  bodyBytesMax: 1024 * 1024,
  bodyLimitMode: "enforce",
  answerBytesMax: 1024 * 1024,
});

/** Closed when the test ends; what was kept last goes first. */
export function keep<T extends Started | Upstream>(one: T): T {
  onTestFinished(() => one.close());
  return one;
}

export interface Started {
  readonly gateway: RunningGateway;
  readonly recorder: Recorded;
  close(): Promise<void>;
}

export async function startOver(
  origin: string,
  gate: Partial<Gate> = {},
  more: Partial<GatewayOptions> = {},
): Promise<Started> {
  const bound = bindGate({ ...OPEN_GATE, ...gate });
  const recorder = memoryRecorder();
  const gateway = await startGateway({
    policy: { version: "test", refused: bound, enter: () => bound },
    settle: createSettler({ trustedProxies: [] }),
    recorder,
    clock: systemClock,
    upstream: { origin, connectTimeoutMs: 2_000, answerTimeoutMs: 5_000, idleTimeoutMs: 5_000, connectionsMax: 64 },
    listen: { host: "127.0.0.1", port: 0 },
    tls: undefined,
    redirect: undefined,
    admin: undefined,
    readiness: () => ({ ready: true, degraded: false, parts: {} }),
    drainTimeoutMs: 5_000,
    ...more,
  });
  return { gateway, recorder, close: async () => void (await gateway.close()) };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** One request over HTTP/1.1 on a connection of its own. */
export function ask(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = "GET", headers = {}, body } = options;
    // The target goes out as it stands: a URL object would resolve its dot segments.
    const { hostname, port, origin } = new URL(url);
    const target = url.slice(origin.length) || "/";
    const request = httpRequest({ hostname, port, path: target, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}
