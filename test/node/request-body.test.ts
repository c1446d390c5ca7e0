// Reading a body: it ends with its exchange, whatever Node says of the request.
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { readBody } from "../../src/node/request-body.ts";

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
