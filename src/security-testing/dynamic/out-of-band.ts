// A listener on loopback that nobody knows: whoever asks for an address of its was told to by a probe (CWE-918).
import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { OutOfBand } from "./probe.ts";

export class OutOfBandListener implements OutOfBand {
  readonly #server: Server;
  readonly #port: number;
  readonly #came = new Set<string>();
  readonly #waiting = new Map<string, () => void>();

  private constructor(server: Server) {
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    server.on("request", (request, response) => {
      const path = (request.url ?? "").split("?", 1)[0] ?? "";
      this.#came.add(path);
      this.#waiting.get(path)?.();
      response.writeHead(200, { "Content-Type": "text/plain", Connection: "close" }).end("ok");
    });
  }

  static async start(): Promise<OutOfBandListener> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    return new OutOfBandListener(server);
  }

  url(): string {
    return `http://127.0.0.1:${this.#port}/${randomBytes(9).toString("hex")}`;
  }

  came(url: string, withinMs: number): Promise<boolean> {
    const path = new URL(url).pathname;
    if (this.#came.has(path)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (has: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(path);
        resolve(has);
      };
      const timer = setTimeout(() => finish(false), withinMs);
      this.#waiting.set(path, () => finish(true));
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
