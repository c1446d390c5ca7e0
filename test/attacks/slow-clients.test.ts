// F20: clients that are slow or silent are cut after their time, and an honest one is served meanwhile.
import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Limits } from "../../src/transport/limits.ts";
import { stopwatch } from "../servers/stopwatch.ts";
import { type Bench, stillServes, withBench } from "./bench.ts";
import { FLAG, frame, FrameClient, headers, request } from "./http2-frames.ts";
import type { Message } from "./messages.ts";
import { ALL_WAYS } from "./refusal.ts";
import { eventually, GOOD, HOST, talk, wire } from "./wire.ts";

/** Times that a test can wait for, each unlike the others. */
const SHORT: Partial<Limits> = {
  headersTimeoutMs: 400,
  requestTimeoutMs: 800,
  connectionsCheckingIntervalMs: 50,
  requestBodyTimeoutMs: 600,
  keepAliveTimeoutMs: 300,
  socketIdleTimeoutMs: 500,
  slowLookMs: 100,
  lingerMs: 100,
};

/** Sends it byte by byte until the other side closes. */
async function drip(socket: Socket, text: string, everyMs: number): Promise<void> {
  socket.on("error", () => undefined);
  for (const byte of text.split("")) {
    if (socket.destroyed || socket.readableEnded) return;
    socket.write(wire(byte));
    await wait(everyMs);
  }
}

async function closedWithin(socket: Socket, timeoutMs: number): Promise<string> {
  const passedMs = stopwatch();
  let said = "";
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => (said += chunk.toString("latin1")));
  // Whoever sends into what was just cut is reset: that is an end as well.
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
  expect(passedMs()).toBeLessThan(timeoutMs);
  return said;
}

const LONG =
  "X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const UPLOAD = `POST /late HTTP/1.1\r\n${HOST}Content-Length: 10000\r\n\r\n`;
const CHUNKS = `POST /late HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;

/** What each slow client sends at once, and then byte by byte. */
const SLOW: readonly (readonly [name: string, first: string, then: string])[] = [
  ["says nothing", "", ""],
  ["sends a head byte by byte", "", `GET /evil HTTP/1.1\r\n${LONG}`],
  ["sends one field after the other", `GET /evil HTTP/1.1\r\n${HOST}`, "A: b\r\n".repeat(50)],
  ["stops in its head", `GET /evil HTTP/1.1\r\n${HOST}`, ""],
  ["stops in the head behind a good request", `${GOOD.toString()}GET /evil HTTP/1.1\r\n`, ""],
  ["stops before its body", UPLOAD, ""],
  ["sends a body byte by byte", UPLOAD, "a".repeat(200)],
  ["stops in its body", `${UPLOAD}aaaa`, ""],
  ["sends chunks of one byte", CHUNKS, "1\r\na\r\n".repeat(40)],
  ["stops in a chunk", `${CHUNKS}100\r\na`, ""],
  ["stops before the last chunk", `${CHUNKS}1\r\na\r\n`, ""],
];

describe.concurrent("F20 a client that", () => {
  it.each(SLOW)("F20 %s is cut, and an honest one served meanwhile", async (_name, first, then) => {
    for (const way of ALL_WAYS) {
      await withBench(
        async (bench) => {
          const socket = bench.dial();
          socket.write(first);
          const dripping = drip(socket, then, 20);
          const closed = closedWithin(socket, 4_000);
          await stillServes(bench);
          const said = await closed;
          await dripping;
          expect(said.replace(/^HTTP\/1.1 200 OK[^]*?ok/, "")).toMatch(/^(HTTP\/1.1 408 |$)/);
          expect(bench.upstream.requests().filter(({ start }) => !start.startsWith("GET /good"))).toEqual([]);
          await eventually(() =>
            bench.upstream.connections.every(({ bytes, closed: cut }) => cut || !bytes.includes("/late")),
          );
        },
        { ...way, limits: SHORT },
      );
    }
  });

  it.each([false, true])("F20 keeps a connection and asks nothing more is cut (TLS: %s)", (tls) =>
    withBench(
      async (bench) => {
        const socket = bench.dial();
        socket.write(GOOD);
        expect(await closedWithin(socket, 5_000)).toMatch(/^HTTP\/1.1 200 /);
      },
      { tls, limits: SHORT },
    ),
  );

  it.each([false, true])("F20 takes nothing of its answer is cut, and the API stops (TLS: %s)", (tls) =>
    withBench(
      async (bench) => {
        const socket = bench.dial();
        socket.pause();
        socket.write(`GET /large HTTP/1.1\r\n${HOST}\r\n`);
        // Sooner than the five seconds after which an answer that stalls is taken for the API's fault.
        await eventually(() => bench.recorder.exchanges.length === 1);
        expect(bench.recorder.exchanges[0]).toMatchObject({ ended: "client-left" });
        await eventually(() => bench.upstream.connections.every(({ closed }) => closed));
        await stillServes(bench);
        socket.destroy();
      },
      { tls, limits: SHORT, answer: large },
    ),
  );

  it("F20 sends no body over HTTP/2 is answered with 408, also where the body streams", async () => {
    for (const way of ALL_WAYS.filter(({ tls }) => tls)) {
      await withBench(
        async ({ port, upstream, recorder }) => {
          const client = await FrameClient.open(port);
          client.socket.write(headers(request("POST"), 1, FLAG.endHeaders));
          client.socket.write(frame("DATA", 0, 1, Buffer.from("a")));
          await client.until(() => client.answered(1) || client.resetOf(1) !== undefined);
          await eventually(() => recorder.exchanges.length === 1);
          expect(recorder.exchanges[0]).toMatchObject({
            denial: { reason: "transport.body-too-slow" },
            answerStatus: 408,
          });
          expect(upstream.requests()).toEqual([]);
          await eventually(() => upstream.connections.every(({ closed }) => closed));
          client.socket.destroy();
        },
        { ...way, limits: SHORT },
      );
    }
  });

  it("waits for an answer that lasts longer than a request may is not cut, over HTTP/2 either", () =>
    withBench(
      async ({ port, recorder }) => {
        const client = await FrameClient.open(port);
        client.socket.write(headers(request("GET"), 1));
        const isWhole = () => client.frames.some(({ type, flags }) => type === "DATA" && (flags & FLAG.endStream) > 0);
        await client.until(() => isWhole() || client.resetOf(1) !== undefined);
        expect(client.resetOf(1)).toBeUndefined();
        await eventually(() => recorder.exchanges.length === 1);
        expect(recorder.exchanges[0]).toMatchObject({ ended: "complete", answerStatus: 200 });
        client.socket.destroy();
      },
      {
        tls: true,
        limits: { ...SHORT, requestTimeoutMs: 600 },
        answer: (_request, socket) => void answerLate(socket),
      },
    ));

  it("waits for the API is not cut, however short the time of a silent connection is", () =>
    withBench(
      async (bench) => {
        const said = await talk(bench.dial(), GOOD, ({ complete }) => complete.length === 1);
        expect(said.statuses).toEqual([200]);
      },
      // Shorter than the answer takes; a machine that stalls for as long before it reads the request cuts it rightly.
      { limits: SHORT, answer: (_request, socket) => void answerLate(socket) },
    ));
});

/** 64 MB, more than what the kernel's buffers hold. */
function large({ start }: Message, socket: Socket): void {
  if (!start.startsWith("GET /large")) {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    return;
  }
  socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${64 * 1024 * 1024}\r\n\r\n`);
  const piece = Buffer.alloc(1024 * 1024);
  const more = (left: number): void => {
    if (left === 0 || socket.destroyed) return;
    if (socket.write(piece)) setImmediate(more, left - 1);
    else socket.once("drain", () => more(left - 1));
  };
  more(64);
}

async function answerLate(socket: Socket): Promise<void> {
  await wait(700);
  socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

describe("F20 many connections", () => {
  const MAX = 20;

  it.each([
    ["say nothing", "", false],
    ["say nothing", "", true],
    ["kept their connection", GOOD.toString(), false],
    ["kept their connection", GOOD.toString(), true],
    ["owe a body", UPLOAD, false],
    ["owe a body", UPLOAD, true],
  ])("F20 that %s make room for an honest one when the listener is full (%j, TLS: %s)", (_name, first, tls) =>
    withBench(
      async (bench) => {
        const idle = await fill(bench, MAX * 2, first);
        const open = () => idle.filter(({ closed }) => !closed).length;
        await eventually(() => open() < MAX);
        expect(open()).toBeGreaterThan(MAX / 2);
        await stillServes(bench);
        for (const socket of idle) socket.destroy();
      },
      { tls, gate: ALL_WAYS[0]?.gate ?? {}, limits: { connectionsMax: MAX } },
    ),
  );

  it("F20 of which each waits for an answer stay, and who comes then is served when one ends", () =>
    withBench(
      async (bench) => {
        const busy = await fill(bench, MAX - 1, `GET /wait HTTP/1.1\r\n${HOST}\r\n`);
        await eventually(() => bench.upstream.requests().length === MAX - 1);
        await stillServes(bench);
        expect(busy.filter(({ closed }) => closed)).toEqual([]);
        for (const socket of busy) socket.destroy();
      },
      {
        limits: { connectionsMax: MAX },
        answer: ({ start }, socket) =>
          void (start.startsWith("GET /wait") || socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
      },
    ));
});

async function fill(bench: Bench, count: number, first: string): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i += 1) {
    const socket = bench.dial().on("error", () => undefined);
    sockets.push(socket);
    await once(socket, "encrypted" in socket ? "secureConnect" : "connect");
    if (first === "") continue;
    socket.write(first);
    if (first.includes("/good")) await once(socket, "data");
  }
  return sockets.map((socket) => socket.resume());
}
