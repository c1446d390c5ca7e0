// F19: floods of HTTP/2 frames end their connection, others are served meanwhile, and the memory that they cost is bounded.
import { mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { connect } from "node:http2";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { LIMITS } from "../../src/transport/limits.ts";
import { ecCertificate, type TestCertificate } from "../gateway/certificates.ts";
import { type Started, startOver, startUpstream, type Upstream } from "../gateway/harness.ts";
import { block, FLAG, frame, FrameClient, headers, request, text } from "./http2-frames.ts";

/** Looks often enough to see a flood that lasts for a moment. */
const limits = { ...LIMITS, controlLookMs: 200 };
const folder = mkdtempSync(path.join(tmpdir(), "portcullis-floods-"));
let upstream: Upstream;
let started: Started;
let port: number;
let tls: TestCertificate;
beforeAll(async () => {
  upstream = await startUpstream((incoming, response) => {
    if (incoming.url === "/evil") return;
    incoming.on("end", () => response.end("ok"));
  });
  tls = await ecCertificate(folder);
  started = await startOver(upstream.origin, {}, { tls, drainTimeoutMs: 100, limits });
  port = Number(new URL(started.gateway.url).port);
});
afterAll(async () => {
  await started.close();
  await upstream.close();
  rmSync(folder, { recursive: true });
});

/** An honest client on a connection of its own. */
function honest(): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { port, host: "127.0.0.1", rejectUnauthorized: false, agent: false };
    httpsRequest({ ...options, path: "/good" }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    })
      .on("error", reject)
      .end();
  });
}

const GOOD = [
  [":method", "GET"],
  [":scheme", "https"],
  [":path", "/good"],
  [":authority", "localhost"],
] as const;
const code = (value: number) => Buffer.from([0, 0, 0, value]);
const idOf = (i: number) => 1 + 2 * i;
const open = headers(request("POST"), 1, FLAG.endHeaders);

/** `first` once, then `each` so often at most. What is sent in all is far more than what memory may grow by. */
const FLOODS: Record<string, { first?: Buffer; each: Buffer | ((i: number) => Buffer); count: number }> = {
  "rapid reset (CVE-2023-44487)": {
    each: (i) => Buffer.concat([headers(request("GET"), idOf(i)), frame("RST_STREAM", 0, idOf(i), code(8))]),
    count: 100_000,
  },
  "streams that the gateway must reset (CVE-2025-8671)": {
    each: (i) => Buffer.concat([headers(request("GET"), idOf(i)), frame("WINDOW_UPDATE", 0, idOf(i), code(0))]),
    count: 100_000,
  },
  "malformed requests": { each: (i) => headers(request("GET", ["X-Up", "1"]), idOf(i)), count: 100_000 },
  "more streams than allowed": { each: (i) => headers(request("GET"), idOf(i)), count: 100_000 },
  "settings (CVE-2019-9515)": { each: frame("SETTINGS", 0, 0), count: 500_000 },
  "settings of many entries": { each: frame("SETTINGS", 0, 0, Buffer.alloc(6 * 2_000)), count: 2_000 },
  "pings (CVE-2019-9512)": { each: frame("PING", 0, 0, Buffer.alloc(8)), count: 500_000 },
  "empty data (CVE-2019-9518)": { first: open, each: frame("DATA", 0, 1), count: 500_000 },
  "continuations (CVE-2024-27983)": {
    first: frame("HEADERS", 0, 1, block(request("GET"))),
    each: frame("CONTINUATION", 0, 1, block([["x-a", "b".repeat(10_000)]])),
    count: 10_000,
  },
  "empty continuations": {
    first: frame("HEADERS", 0, 1, block(request("GET"))),
    each: frame("CONTINUATION", 0, 1),
    count: 500_000,
  },
  "priorities (CVE-2019-9513)": {
    each: (i) => frame("PRIORITY", 0, idOf(i), Buffer.from([0, 0, 0, 0, 1])),
    count: 500_000,
  },
  "window updates": { each: frame("WINDOW_UPDATE", 0, 0, Buffer.from([0, 0, 0, 1])), count: 5_000_000 },
  "window updates of a stream": {
    first: open,
    each: frame("WINDOW_UPDATE", 0, 1, Buffer.from([0, 0, 0, 1])),
    count: 5_000_000,
  },
  "resets of idle streams": { each: (i) => frame("RST_STREAM", 0, idOf(i), code(8)), count: 500_000 },
};

it.for(Object.keys(FLOODS))("F19 %s", async (name) => {
  const { first, each, count } = FLOODS[name] as (typeof FLOODS)[string];
  const begun = process.memoryUsage().rss;
  const calls = upstream.connections();
  const recorded = started.recorder.exchanges.length;
  const client = await FrameClient.open(port);
  if (first !== undefined) client.socket.write(first);
  const flooding = client.flood(each, count);
  expect(await honest()).toBe(200);
  const sent = await flooding;
  await client.until(() => false);
  expect(sent).toBeLessThan(count);
  expect(await honest()).toBe(200);
  expect((process.memoryUsage().rss - begun) / 1e6).toBeLessThan(100);
  // As many as may be reset, and some that come back while others are flooding.
  expect(upstream.connections() - calls).toBeLessThan(LIMITS.streamResetsBurst + 50);
  // Once for the whole connection, with the address that it came from.
  const ends = started.recorder.exchanges.slice(recorded).filter((one) => ENDS.has(one.denial?.reason));
  expect(ends.map(({ request: { method, clientAddress }, ended }) => [method, clientAddress, ended])).toEqual([
    ["", "127.0.0.1", "client-left"],
  ]);
});
const ENDS = new Set<string | undefined>(["transport.frames-too-many", "transport.framing-invalid"]);

/** Slow enough that each is answered before the next comes: Node's own bounds see nothing in them. */
const PACED: Record<string, Buffer> = {
  pings: frame("PING", 0, 0, Buffer.alloc(8)),
  settings: frame("SETTINGS", 0, 0),
  "settings that change": frame("SETTINGS", 0, 0, Buffer.from([0, 3, 0, 0, 0, 100])),
  "window updates": frame("WINDOW_UPDATE", 0, 0, Buffer.from([0, 0, 0, 1])),
};

it.for(Object.keys(PACED))("F19 paced %s end their session with ENHANCE_YOUR_CALM", async (name) => {
  const client = await FrameClient.open(port);
  // What is counted by its bytes comes in so many that a slow machine, too, sends more than is explained between two looks.
  const count = name === "window updates" ? 4_000 : 200;
  const some = Buffer.concat(Array<Buffer>(count).fill(PACED[name] as Buffer));
  const begun = performance.now();
  while (!client.closed && performance.now() - begun < 60_000) {
    client.socket.write(some);
    await wait(5);
  }
  expect(client.closed).toBe(true);
  // What the session still sent may have been met by a reset, which takes along what was said right before it.
  expect(client.error === undefined ? client.goneWith : 11).toBe(11);
  expect(started.recorder.exchanges.at(-1)?.denial?.reason).toBe("transport.frames-too-many");
  expect(await honest()).toBe(200);
});

it("F19 pings, settings and window updates at an honest pace cost nothing", async () => {
  const client = await FrameClient.open(port);
  for (const one of Object.values(PACED)) client.socket.write(Buffer.concat(Array<Buffer>(20).fill(one)));
  client.socket.write(headers(GOOD));
  await client.until(() => client.answered(1));
  expect(client.closed).toBe(false);
  expect(client.answered(1)).toBe(true);
  client.socket.destroy();
});

it("F19 a large body that waits for the API is no flood", async () => {
  const slow = await startUpstream((incoming, response) => {
    incoming.pause();
    setTimeout(() => incoming.resume(), 1_000);
    incoming.on("end", () => response.end("ok"));
  });
  const over = await startOver(slow.origin, { bodyBytesMax: 16_000_000 }, { tls, limits, drainTimeoutMs: 100 });
  const session = connect(over.gateway.url, { rejectUnauthorized: false });
  session.on("error", () => undefined);
  const stream = session.request({ ":method": "POST", ":path": "/" });
  stream.end(Buffer.alloc(8_000_000));
  const [head] = (await once(stream, "response")) as [{ ":status": number }];
  expect(head[":status"]).toBe(200);
  session.destroy();
  await over.close();
  await slow.close();
});

it("F19 a header table that is filled and used again and again (HPACK bomb) is one refused request", async () => {
  const client = await FrameClient.open(port);
  const stored = Buffer.concat([Buffer.from([0x40]), text("x-a"), text("b".repeat(3_900))]);
  // 8,000 references to the 3,900 bytes: 31 MB of fields in 12 KB.
  const bomb = Buffer.concat([block(request("GET")), stored, Buffer.alloc(8_000, 0xbe)]);
  const begun = process.memoryUsage().rss;
  for (let i = 0; i < 20; i += 1) client.socket.write(frame("HEADERS", 5, idOf(i), bomb));
  await client.until(() => client.resetOf(idOf(19)) !== undefined);
  expect((process.memoryUsage().rss - begun) / 1e6).toBeLessThan(60);
  client.socket.destroy();
  expect(upstream.seen.filter(({ url }) => url === "/evil")).toEqual([]);
});

it("F19 serves so many streams of one connection at once and refuses the others, which costs the first nothing", async () => {
  const client = await FrameClient.open(port);
  const more = 30;
  const all = Array.from({ length: LIMITS.streamsMax + more }, (_, i) => headers(GOOD, idOf(i)));
  client.socket.write(Buffer.concat(all));
  const count = (type: string) => client.frames.filter((one) => one.type === type).length;
  await client.until(() => count("HEADERS") + count("RST_STREAM") === all.length);
  expect(client.closed).toBe(false);
  expect(count("HEADERS")).toBeGreaterThanOrEqual(LIMITS.streamsMax);
  // REFUSED_STREAM: may be tried again (RFC 9113 8.7).
  const resets = client.frames
    .filter(({ type }) => type === "RST_STREAM")
    .map(({ payload }) => payload.readUInt32BE(0));
  expect(resets.filter((reason) => reason !== 7)).toEqual([]);
  client.socket.destroy();
});

it("announces its bounds", async () => {
  const client = await FrameClient.open(port);
  await client.until(() => client.frames.length > 0);
  const { payload } = client.frames[0] as { payload: Buffer };
  const settings: Record<number, number> = {};
  for (let i = 0; i < payload.length; i += 6) settings[payload.readUInt16BE(i)] = payload.readUInt32BE(i + 2);
  expect(settings[3]).toBe(LIMITS.streamsMax);
  expect(settings[4]).toBe(LIMITS.streamWindowBytes);
  expect(settings[6]).toBeLessThanOrEqual(32 * 1024);
  client.socket.destroy();
});
