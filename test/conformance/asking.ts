// Clients of the conformance suite: one request over HTTP/1.1, plain or over TLS, or over one HTTP/2 connection.
import { readFileSync } from "node:fs";
import { Agent as PlainAgent, type IncomingHttpHeaders, request as plainRequest } from "node:http";
import { connect } from "node:http2";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";

export interface Asking {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case; those of HTTP/2 that begin with a colon are left out. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Client {
  readonly ask: (asking: Asking) => Promise<Answer>;
  close(): void;
}

/** The target goes out as it stands: a URL object would resolve its dot segments. */
export function http1Client(origin: string, ca?: string): Client {
  const { hostname, port } = new URL(origin);
  const options = { keepAlive: true, maxSockets: 8 };
  const agent =
    ca === undefined
      ? new PlainAgent(options)
      : new TlsAgent({ ...options, ca: readFileSync(ca), servername: "localhost" });
  const start = ca === undefined ? plainRequest : tlsRequest;
  const ask = ({ method, path, headers, body }: Asking): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const request = start({ hostname, port, method, path, headers, agent });
      request.on("error", reject);
      request.on("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, body: Buffer.concat(chunks).toString() });
        });
      });
      request.end(body);
    });
  return { ask, close: () => agent.destroy() };
}

export function http2Client(origin: string, ca: string): Client {
  const session = connect(origin, { ca: readFileSync(ca), servername: "localhost" });
  const ask = ({ method, path, headers, body }: Asking): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
      const fields = { ...headers, ...length, ":method": method, ":path": path };
      const stream = session.request(fields, { endStream: body === undefined });
      let answered: IncomingHttpHeaders & { ":status"?: number | undefined } = {};
      const chunks: Buffer[] = [];
      stream.on("response", (head) => (answered = head));
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", reject);
      stream.on("end", () => {
        const named = Object.entries(answered).filter(([name]) => !name.startsWith(":"));
        const headers = Object.fromEntries(named) as Answer["headers"];
        resolve({ status: answered[":status"] ?? 0, headers, body: Buffer.concat(chunks).toString() });
      });
      if (body !== undefined) stream.end(body);
    });
  return { ask, close: () => session.close() };
}
