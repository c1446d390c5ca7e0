// Clients that reset their connection while requests wait behind one another: it costs them their answers, and nobody else anything.
import { connect, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import type { RequestGuard } from "../../src/core/guard.ts";
import { CONTINUE } from "../../src/core/outcome.ts";
import { ask, keep, startOver, startUpstream } from "./harness.ts";

const judge: RequestGuard = { practice: "validation", name: "validation.body", mode: "enforce", check: () => CONTINUE };
const WAITING = "GET /waiting HTTP/1.1\r\nHost: a\r\n\r\n";
const HALF = "POST /half HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nhalf";
const CHUNKED = "POST /half HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf";

/** An API that never answers `/waiting`. */
const api = () =>
  startUpstream((request, response) => {
    if (request.url === "/waiting") return;
    request.resume();
    request.on("end", () => response.end("hello"));
  });

it.each([
  ["half a body that is held", [judge], WAITING + HALF, 2],
  ["half a chunk that is held", [judge], WAITING + CHUNKED, 2],
  ["half a body behind two", [judge], WAITING + WAITING + HALF, 3],
  ["half a body that streams", [], WAITING + HALF, 2],
  ["half a body alone", [judge], HALF, 1],
])("F20 a reset behind a request that waits, with %s, ends no process", async (_name, body, sent, requests) => {
  const upstream = keep(await api());
  const { gateway, recorder } = keep(await startOver(upstream.origin, { body }));
  const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve) => void socket.write(sent, () => resolve()));
  // Everything that was sent has been read once another connection is served.
  await ask(`${gateway.url}/hello`);
  socket.resetAndDestroy();
  const last = await recorder.nth(requests + 1);
  expect(last.ended).toBe("client-left");
  expect(recorder.exchanges.filter(({ ended }) => ended === "client-left")).toHaveLength(requests);
  // An error that nobody takes would come by now, and fail the run.
  expect(await ask(`${gateway.url}/hello`)).toMatchObject({ status: 200, body: "hello" });
});

it.each([
  ["resets", (socket: Socket) => void socket.resetAndDestroy()],
  ["leaves", (socket: Socket) => void socket.destroy()],
])("F12 requests before a CONNECT are recorded, and given up, where the client then %s", async (_name, end) => {
  const upstream = keep(await api());
  const { gateway, recorder } = keep(await startOver(upstream.origin, {}, { drainTimeoutMs: 500 }));
  const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  const sent = `${WAITING}${WAITING}CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n`;
  await new Promise<void>((resolve) => void socket.write(sent, () => resolve()));
  await ask(`${gateway.url}/hello`);
  end(socket);
  await recorder.nth(4);
  const ends = recorder.exchanges.map(({ request, ended }) => `${request.method} ${request.target} ${ended}`);
  expect(ends.sort()).toEqual([
    "CONNECT a:1 client-left",
    "GET /hello complete",
    "GET /waiting client-left",
    "GET /waiting client-left",
  ]);
});

it("F12 F17 what is no request, behind one that waits, is recorded also where its client does not wait for the answer", async () => {
  const upstream = keep(await api());
  const { gateway, recorder } = keep(await startOver(upstream.origin, {}, { drainTimeoutMs: 500 }));
  const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve) => void socket.write(`${WAITING}no request\r\n\r\n`, () => resolve()));
  await ask(`${gateway.url}/hello`);
  socket.resetAndDestroy();
  await recorder.nth(3);
  expect(recorder.exchanges.map(({ denial }) => denial?.reason)).toContain("transport.method-not-supported");
});
