// Throttling and limits of requests at once inside Express: the same as in the gateway, whatever becomes of the answer.
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import type { Request, Response } from "express";
import { describe, expect, it } from "vitest";
import { limit } from "../../src/adapters/express-rate-limiting.ts";
import { ask, serve } from "./alone-harness.ts";
import { mounted } from "./mounting.ts";

const CONCURRENCY = "rateLimiting: { concurrency: { limit: 1, queue: 1, timeout: 30s } }\n";
const SLOW = "rateLimiting: [{ limit: 3, window: 1m, key: address, delayAfter: 1, delay: 150ms }]\n";

/** Answers as the query says; `hang` never. */
const answering = (request: Request, response: Response): void => {
  const { a } = request.query;
  if (a === "wait") return;
  if (a === "hang") response.flushHeaders();
  else if (a === "throw") throw new Error("thrown");
  else if (a === "cut") response.destroy();
  else response.json({});
};

const open = (text: string) =>
  mounted((app, gate) => void app.use(gate).get(["/anything", "/search"], answering), { text });

/** Two requests that wait, and behind them what has Node let go of the connection. */
const givenUpBehindConnect = async (url: string): Promise<void> => {
  const { port, host } = new URL(url);
  const socket = connect(Number(port), "127.0.0.1");
  socket.on("error", () => undefined);
  const waiting = `GET /search?a=wait HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  await new Promise<void>((resolve) => {
    socket.write(`${waiting}${waiting}CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n`, () => resolve());
  });
  const closed = once(socket, "close");
  socket.resume();
  await closed;
};

/** Asked and given up as soon as the head of the answer is there. */
const givenUp = (url: string): Promise<void> =>
  new Promise((resolve) => {
    const request = httpRequest(url, { agent: false });
    request.on("response", () => request.destroy());
    request.on("close", () => resolve());
    request.on("error", () => undefined);
    request.end();
  });

describe("a place inside Express is given back after", () => {
  it.each([
    ["an answer", (url: string) => fetch(`${url}/anything`)],
    ["an error of the application", (url: string) => fetch(`${url}/search?a=throw`)],
    ["an answer that broke off", (url: string) => fetch(`${url}/search?a=cut`).catch(() => undefined)],
    ["a client that left", (url: string) => givenUp(`${url}/search?a=hang`)],
  ])("%s", async (_what, end) => {
    const app = await open(CONCURRENCY);
    for (let i = 0; i < 3; i += 1) {
      await end(app.url);
      await app.nth(i + 1);
    }
    expect((await fetch(`${app.url}/anything`)).status).toBe(200);
  });
});

describe("inside Express", () => {
  it("F12 requests that wait before a CONNECT are recorded, and give back their places", async () => {
    const app = await open(CONCURRENCY.replace("limit: 1", "limit: 2"));
    await givenUpBehindConnect(app.url);
    await app.nth(2);
    expect((await fetch(`${app.url}/anything`)).status).toBe(200);
  });

  it("who waits passes when the place is free, and one more is refused", async () => {
    const app = await open(CONCURRENCY);
    const hanging = new AbortController();
    await fetch(`${app.url}/search?a=hang`, { signal: hanging.signal });
    const both = [1, 2].map(async () => (await fetch(`${app.url}/anything`)).status);
    expect(await Promise.race(both)).toBe(503);
    hanging.abort();
    expect((await Promise.all(both)).toSorted((a, b) => a - b)).toEqual([200, 503]);
  });

  it("portcullis() slows down and then refuses", async () => {
    const app = await open(SLOW);
    const statuses: number[] = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await fetch(`${app.url}/anything`)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    await app.nth(4);
    const waited = app.exchanges.map((one) => one.upstreamStartedMs - one.startedMonotonicMs);
    expect(waited[1]).toBeGreaterThan(149);
    expect(waited[2]).toBeGreaterThan(299);
  });

  it("limit() alone slows down, and does not go on for a client that has left", async () => {
    let answered = 0;
    const served = await serve((app) => {
      app.use(limit({ limit: 4, window: "1m", key: "address", delayAfter: 1, delay: "200ms", delayMax: "30s" }));
      app.get("/", (_request, response) => {
        answered += 1;
        response.json({});
      });
    });
    expect((await ask(served, "/")).status).toBe(200);
    const left = new AbortController();
    const leaving = ask(served, "/", { signal: left.signal }).catch(() => "left");
    left.abort();
    expect(await leaving).toBe("left");
    const before = performance.now();
    expect((await ask(served, "/")).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThan(199);
    expect(answered).toBe(2);
    await served.close();
  });
});
