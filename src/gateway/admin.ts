// The listener for operators, on loopback: whether the process lives and whether it should get traffic.
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type ListenAddress, listening } from "./listening.ts";
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

/** Serves `/livez`, `/readyz` and `/jwks.json`. Resolves when it listens. */
export async function startAdmin(
  at: ListenAddress,
  readiness: () => Readiness,
  callerJwks: () => object | undefined = () => undefined,
): Promise<Server> {
  const isLoopback = LOOPBACK.test(at.host);
  const server = createServer(
    { requestTimeout: LIMITS.adminRequestTimeoutMs, maxHeaderSize: LIMITS.adminHeadBytesMax },
    (request, response) => {
      // A page whose name was pointed here after it was loaded (DNS rebinding) still says its own name.
      if (isLoopback && !LOCAL_HOST.test(request.headers.host ?? "localhost")) {
        return json(response, 421, { error: "ask by address or localhost" });
      }
      if (request.method !== "GET" && request.method !== "HEAD") return json(response, 405, { error: "only GET" });
      if (request.url === "/livez") return json(response, 200, { status: "alive" });
      const keys = request.url === "/jwks.json" ? callerJwks() : undefined;
      if (keys !== undefined) return json(response, 200, keys);
      if (request.url !== "/readyz") return json(response, 404, { error: "there are /livez and /readyz" });
      const state = readiness();
      const status = state.ready ? (state.degraded ? "degraded" : "ready") : "not ready";
      return json(response, state.ready ? 200 : 503, { status, policy: state.policy, parts: state.parts });
    },
  );
  server.maxConnections = LIMITS.adminConnectionsMax;
  await listening(server, at);
  return server;
}

export function boundAddress(server: Server): AddressInfo {
  return server.address() as AddressInfo;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}
