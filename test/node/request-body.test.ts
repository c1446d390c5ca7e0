// Reading a body: it ends with its exchange, whatever Node says of the request; and what was read counts where the client left.
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { expect, it, onTestFinished } from "vitest";
import { noteBrokenUpload } from "../../src/node/gate-body.ts";
import type { NodeRequest } from "../../src/node/incoming.ts";
import { countBody, readBody } from "../../src/node/request-body.ts";
import { exchangeOf } from "../rate-limiting/exchanges.ts";

it("is given up when the exchange has ended, also where an answer is out and the request never closes", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const broken = once(server, "clientError");
  const asked = once(server, "request") as Promise<[IncomingMessage, { end(text: string): void }]>;
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nhalf");
  const [request, response] = await asked;
  let stop: () => void = () => undefined;
  const read = readBody(request, 100, 600_000, undefined, (end) => (stop = end));
  client.end();
  const [, socket] = (await broken) as [Error, Socket];
  response.end("no");
  socket.destroy();
  await once(socket, "close");
  // As Node has it: nobody would hear of it before the body is late.
  expect(await Promise.race([read, new Promise((resolve) => setImmediate(resolve, "still read"))])).toBe("still read");
  stop();
  expect(await read).toEqual({ kind: "aborted" });
});

it.each([
  ["is held", (request: NodeRequest) => void readBody(request, 100, 600_000)],
  [
    "streams",
    (request: NodeRequest) =>
      void countBody(request, 100)
        .on("error", () => undefined)
        .resume(),
  ],
])(
  "a body over HTTP/2 that %s is whole once as much was read as was said, though a reset hides its end",
  async (_name, read) => {
    for (const [sent, reason] of [
      ["all of it", undefined],
      ["half", "transport.body-incomplete"],
    ] as const) {
      const exchange = exchangeOf({ hasBody: true, contentLength: 9 });
      // As Node leaves them where the last of the body came in one piece with its end and a reset, and was read in between.
      const stream = new Readable({ read: () => undefined });
      const request = Object.assign(new Readable({ read: () => undefined }), { stream }) as unknown as NodeRequest;
      read(request);
      const came = once(request, "data");
      request.push(sent);
      await came;
      request.destroy();
      await once(request, "close");
      noteBrokenUpload(request, exchange);
      expect(exchange.denial?.reason).toBe(reason);
    }
  },
);
