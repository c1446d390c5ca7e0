// A server whose every answer a test chooses: for what destinations do when things go wrong.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import { freePort } from "../servers/free-port.ts";

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  /** Unpacked. */
  readonly body: Buffer;
  readonly socket: Socket;
}

export type Answer = (asked: Asked, response: ServerResponse) => void;

export class HttpServer {
  answer: Answer;
  readonly asked: Asked[] = [];
  readonly #tls: { cert: string; key: string } | undefined;
  #server: Server;
  #port = 0;

  constructor(answer: Answer, tls?: { cert: string; key: string }) {
    this.answer = answer;
    this.#tls = tls;
    this.#server = this.#create();
  }

  get url(): string {
    return `${this.#tls === undefined ? "http" : "https"}://127.0.0.1:${this.#port}`;
  }

  #create(): Server {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method = "", url = "", headers, socket } = request;
        const bytes = Buffer.concat(chunks);
        const body = headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes;
        const asked = { method, url, headers, body, socket };
        this.asked.push(asked);
        this.answer(asked, response);
      });
      request.on("error", () => undefined);
    };
    const server = this.#tls === undefined ? createServer(listener) : createTlsServer(this.#tls, listener);
    return server.on("tlsClientError", () => undefined);
  }

  /** On the port that it had before, where it had one. */
  async start(): Promise<this> {
    if (this.#port === 0) this.#port = await freePort();
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
    this.#server = this.#create();
  }
}
