// What the owner of the shop has and no client: a listener of its own that puts everything back, shows the keys and takes others.
import type { JsonWebKey } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import { end, listen, type RunningShop } from "./api.ts";

export interface Control {
  readonly url: string;
  close(): Promise<void>;
}

/** `POST /reset`; `GET /keys`, a JWK Set; `POST /keys`, one to believe as well. */
export async function startControl(shop: RunningShop, port = 0): Promise<Control> {
  const server = createServer((request, response) => {
    void answer(shop, request).then(([status, body]) => {
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    });
  });
  const bound = await listen(server, port);
  return { url: `http://127.0.0.1:${bound}`, close: () => end(server) };
}

async function answer(shop: RunningShop, request: IncomingMessage): Promise<readonly [number, unknown?]> {
  switch (`${request.method ?? ""} ${request.url ?? ""}`) {
    case "GET /keys":
      return [200, { keys: shop.tokens.jwks }];
    case "POST /reset":
      shop.reset();
      return [204];
    case "POST /keys":
      try {
        const { keys } = (await json(request)) as { readonly keys: readonly JsonWebKey[] };
        for (const key of keys) shop.tokens.trust(key);
        return [204];
      } catch {
        return [400];
      }
    default:
      return [404];
  }
}
