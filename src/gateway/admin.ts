// The listener for operators, on loopback: whether the process lives and whether it should get traffic.
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "../node/http.ts";
import { type ListenAddress, listening } from "./listening.ts";
import type { ShownMetrics } from "../monitoring/index.ts";
import { LIMITS } from "../transport/limits.ts";

export interface Readiness {
  readonly ready: boolean;
  /** True when it serves, but something it depends on is away: in the body and in records, not in the status. */
  readonly degraded: boolean;
  readonly policy: string;
  /** State by part: `keys oauth: fresh`. No secret, no address. */
  readonly parts: Readonly<Record<string, string>>;
}

const LOOPBACK = /^(localhost|127\..*|::1)$/;
/** `localhost` or an address, with any port. */
const LOCAL_HOST = /^(localhost|[0-9.]+|\[[0-9a-f:.]+\])(:[0-9]+)?$/i;

/** What the listener shows, asked for anew each time. */
export interface AdminViews {
  readonly readiness: () => Readiness;
  /** `/jwks.json`: the key that tokens about callers are signed with. */
  readonly callerJwks?: (() => object | undefined) | undefined;
  /** `/metrics`, as the reader's `Accept` asks for it. */
  readonly metrics?: ((accept: string | undefined) => ShownMetrics) | undefined;
}

/** Serves `/livez`, `/readyz`, `/metrics` and `/jwks.json`. Resolves when it listens. */
export async function startAdmin(at: ListenAddress, views: AdminViews): Promise<Server> {
  const isLoopback = LOOPBACK.test(at.host);
  const server = createServer(
    {
      requestTimeout: LIMITS.adminRequestTimeoutMs,
      connectionsCheckingInterval: LIMITS.adminRequestTimeoutMs,
      maxHeaderSize: LIMITS.adminHeadBytesMax,
    },
    (request, response) => {
      // A page whose name was pointed here after it was loaded (DNS rebinding) still says its own name.
      if (isLoopback && !LOCAL_HOST.test(request.headers.host ?? "localhost")) {
        return json(response, 421, { error: "ask by address or localhost" });
      }
      if (request.method !== "GET" && request.method !== "HEAD") return json(response, 405, { error: "only GET" });
      if (request.url === "/livez") return json(response, 200, { status: "alive" });
      if (request.url === "/metrics" && views.metrics !== undefined) {
        const { contentType, text } = views.metrics(request.headers.accept);
        return send(response, 200, contentType, text);
      }
      const keys = request.url === "/jwks.json" ? views.callerJwks?.() : undefined;
      if (keys !== undefined) return json(response, 200, keys);
      if (request.url !== "/readyz") return json(response, 404, { error: "there are /livez, /readyz and /metrics" });
      const state = views.readiness();
      const status = state.ready ? (state.degraded ? "degraded" : "ready") : "not ready";
      return json(response, state.ready ? 200 : 503, { status, policy: state.policy, parts: state.parts });
    },
  );
  keepRoom(server);
  await listening(server, at);
  return server;
}

/** Where there are too many the oldest goes: answers take no time, and who holds connections must not make a gateway look dead. */
function keepRoom(server: Server): void {
  const open = new Set<Socket>();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    if (open.size <= LIMITS.adminConnectionsMax) return;
    const [oldest] = open;
    if (oldest !== undefined) {
      open.delete(oldest);
      oldest.destroy();
    }
  });
}

export function boundAddress(server: Server): AddressInfo {
  return server.address() as AddressInfo;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, "application/json", JSON.stringify(value));
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, {
    "Content-Type": contentType,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}
