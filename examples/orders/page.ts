// Serves the page of examples/spa on an address of its own, as a web site would be: told where the gateway is.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

const FILE = path.join(import.meta.dirname, "..", "spa", "index.html");
/** As the page stands in its file. */
const GATEWAY = "https://localhost:8443";

/** Another port where that one is taken. The address is what the gateway must know: codes go there, and calls come from there. */
export async function servePage(gatewayUrl: string, port: number): Promise<string> {
  const page = readFileSync(FILE, "utf8").replace(GATEWAY, gatewayUrl);
  const server = createServer((request, response) => {
    const isPage = request.method === "GET" && /^\/(\?|$)/.test(request.url ?? "");
    response.writeHead(isPage ? 200 : 404, {
      "Content-Type": "text/html; charset=utf-8",
      "Referrer-Policy": "no-referrer",
    });
    response.end(isPage ? page : undefined);
  });
  const listen = (at: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(at, "localhost", resolve);
    });
  await listen(port).catch(() => listen(0));
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}
