// Requests over HTTP/2: one session, or one of its own for each request.
import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { connect as connectPlain } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Target } from "../target.ts";
import type { Field, Wire } from "../wire.ts";
import { type Answer, isStream } from "./answer-reader.ts";
import { STREAM_MS, tlsOptions } from "./connections.ts";
import { bodyOf } from "./message.ts";

/** Fields that a connection of HTTP/1.1 has, and none of HTTP/2 (RFC 9113 8.2.2). */
const OF_A_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "host",
]);

export class Http2Connections {
  readonly #target: Target;
  readonly #open = new Set<ClientHttp2Session>();
  #shared: ClientHttp2Session | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  async ask(wire: Wire, { timeoutMs, isFresh }: { timeoutMs: number; isFresh: boolean }): Promise<Answer | undefined> {
    if (isFresh) {
      const session = this.#connect();
      try {
        return await this.#exchange(session, wire, timeoutMs);
      } finally {
        session.destroy();
      }
    }
    if (this.#shared === undefined || this.#shared.closed || this.#shared.destroyed) this.#shared = this.#connect();
    return this.#exchange(this.#shared, wire, timeoutMs);
  }

  close(): void {
    for (const session of this.#open) session.destroy();
  }

  #connect(): ClientHttp2Session {
    const { host, port, isTls, authority } = this.#target;
    const session = connect(`${isTls ? "https" : "http"}://${authority}`, {
      createConnection: () =>
        isTls ? connectTls(tlsOptions(this.#target, ["h2"])) : connectPlain({ host, port, noDelay: true }),
    });
    this.#open.add(session);
    session.on("error", () => undefined);
    session.on("close", () => this.#open.delete(session));
    return session;
  }

  #exchange(session: ClientHttp2Session, wire: Wire, timeoutMs: number): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      const body = bodyOf(wire);
      let stream: ReturnType<ClientHttp2Session["request"]>;
      try {
        stream = session.request(this.#headers(wire), { endStream: body === undefined });
      } catch {
        resolve(undefined);
        return;
      }
      const chunks: Buffer[] = [];
      let head: { status: number; fields: Field[] } | undefined;
      let timer = setTimeout(() => stream.close(), timeoutMs);
      stream.on("response", (headers) => {
        head = { status: Number(headers[":status"]), fields: fieldsOf(headers) };
        if (!isStream(headers["content-type"])) return;
        clearTimeout(timer);
        timer = setTimeout(() => stream.close(), STREAM_MS);
      });
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", () => undefined);
      stream.on("close", () => {
        clearTimeout(timer);
        session.off("close", onGone);
        resolve(head && { ...head, body: Buffer.concat(chunks), isReusable: true });
      });
      const onGone = () => stream.destroy();
      session.on("close", onGone);
      if (body !== undefined) stream.end(body);
    });
  }

  #headers({ method, target, fields }: Wire): OutgoingHttpHeaders {
    const host = fields.find(([name]) => name.toLowerCase() === "host")?.[1] ?? this.#target.authority;
    const headers: OutgoingHttpHeaders = {
      ":method": method,
      ":path": target,
      ":scheme": this.#target.isTls ? "https" : "http",
      ":authority": host,
    };
    for (const [written, value] of fields) {
      const name = written.toLowerCase();
      if (OF_A_CONNECTION.has(name)) continue;
      const known = headers[name];
      headers[name] = known === undefined ? value : [...(Array.isArray(known) ? known : [String(known)]), value];
    }
    return headers;
  }
}

function fieldsOf(headers: IncomingHttpHeaders): Field[] {
  return Object.entries(headers).flatMap(([name, value]): Field[] => {
    if (name.startsWith(":") || value === undefined) return [];
    return Array.isArray(value) ? value.map((one): Field => [name, one]) : [[name, value]];
  });
}
