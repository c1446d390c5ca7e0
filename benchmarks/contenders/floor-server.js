// The floor: the least that a proxy on Node can do. Each request goes to the pool as it came, its answer back as it came.
import { createServer } from "node:http";
import { createPool } from "../../dist/gateway/upstream.js";

const { upstream } = JSON.parse(process.env.BENCHMARK);
const pool = createPool(upstream);

const server = createServer((request, response) => {
  const handler = {
    onRequestStart() {},
    onResponseStart(controller, status) {
      response.writeHead(status, controller.rawHeaders.map(String));
    },
    onResponseData(controller, chunk) {
      // To a client that left nothing drains: what is still coming is let through into nothing.
      if (response.write(chunk) || response.destroyed) return;
      controller.pause();
      response.once("drain", () => controller.resume());
    },
    onResponseEnd() {
      response.end();
    },
    onResponseError() {
      response.destroy();
    },
  };
  const body = request.method === "GET" ? null : request;
  pool.dispatch({ path: request.url, method: request.method, headers: request.rawHeaders, body }, handler);
});
server.keepAliveTimeout = 60_000;

server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`ready http://127.0.0.1:${server.address().port}\n`);
});
