// F19: requests that are reset before their answer are counted, by themselves; resets of what is over cost nobody his connection.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { LIMITS } from "../../src/transport/limits.ts";
import { ecCertificate } from "../gateway/certificates.ts";
import { type Started, startOver, startUpstream, type Upstream } from "../gateway/harness.ts";
import { type FieldPair, frame, FrameClient, headers } from "./http2-frames.ts";

const folder = mkdtempSync(path.join(tmpdir(), "portcullis-resets-"));
let upstream: Upstream;
let started: Started;
let begun = 0;
const open = async () => {
  const client = await FrameClient.open(Number(new URL(started.gateway.url).port));
  client.socket.setNoDelay(true);
  return client;
};
beforeAll(async () => {
  upstream = await startUpstream((incoming, response) => {
    begun += 1;
    if (incoming.url === "/slow") return;
    if (incoming.url === "/moved") response.writeHead(303, { Location: "/" }).end("-".repeat(40));
    else if (incoming.url === "/breaks") response.writeHead(200).write("half", () => response.destroy());
    else incoming.on("end", () => response.end("ok"));
  });
  started = await startOver(upstream.origin, {}, { tls: await ecCertificate(folder), drainTimeoutMs: 100 });
});
afterAll(async () => {
  await started.close();
  await upstream.close();
  rmSync(folder, { recursive: true });
});

const idOf = (i: number) => 1 + 2 * i;
const reset = (i: number, code: number) => frame("RST_STREAM", 0, idOf(i), Buffer.from([0, 0, 0, code]));
const get = (target: string, i: number): Buffer => {
  const fields: FieldPair[] = [
    [":method", "GET"],
    [":scheme", "https"],
    [":path", target],
    [":authority", "localhost"],
  ];
  return headers(fields, idOf(i));
};
const STREAM_CLOSED = 5;
const CANCEL = 8;
const more = LIMITS.streamResetsBurst * 3;
const AT_ONCE = 20;

it("answers each request of libcurl 7.88, which resets every stream that is over", async () => {
  const client = await open();
  for (let i = 0; i < more && !client.closed; i += 1) {
    client.socket.write(get("/", i));
    await client.until(() => client.ended(idOf(i)));
    client.socket.write(reset(i, STREAM_CLOSED));
  }
  expect(client.closed).toBe(false);
  expect(client.frames.filter(({ type }) => type === "HEADERS")).toHaveLength(more);
  client.socket.destroy();
});

it("F19 resets of streams that are over end their session too where nothing else comes", async () => {
  const client = await open();
  client.socket.write(get("/", 0));
  await client.until(() => client.ended(1));
  const sent = await client.flood(reset(0, STREAM_CLOSED), 1_000_000);
  await client.until(() => false);
  expect(sent).toBeLessThan(1_000_000);
});

it("F19 rapid reset of fewer than may be costs nobody his connection, and each is recorded once", async () => {
  const client = await open();
  const before = started.recorder.exchanges.length;
  const count = LIMITS.streamResetsBurst;
  const all = Array.from({ length: count }, (_, i) => Buffer.concat([get("/slow", i), reset(i, CANCEL)]));
  client.socket.write(Buffer.concat(all));
  await started.recorder.nth(before + count);
  client.socket.write(get("/", count));
  await client.until(() => client.ended(idOf(count)));
  expect(client.closed).toBe(false);
  client.socket.destroy();
  const exchanges = started.recorder.exchanges.slice(before);
  expect(exchanges.map(({ ended }) => ended)).toEqual([...Array<string>(count).fill("client-left"), "complete"]);
});

it("F19 rapid reset: of thousands in one piece no more than may be reach the API, and each that was read is recorded", async () => {
  const client = await open();
  const before = { connections: upstream.connections(), recorded: started.recorder.exchanges.length };
  const all = Array.from({ length: 40_000 }, (_, i) => Buffer.concat([get("/slow", i), reset(i, CANCEL)]));
  client.socket.write(Buffer.concat(all));
  await client.until(() => false);
  // The GOAWAY names the last stream, whose head may have been read in part only; the session itself is one record more.
  const away = client.frames.find(({ type }) => type === "GOAWAY");
  const read = away === undefined ? LIMITS.streamResetsBurst : (away.payload.readUInt32BE(0) + 1) / 2;
  await started.recorder.nth(before.recorded + read);
  expect(upstream.connections() - before.connections).toBeLessThanOrEqual(LIMITS.streamResetsBurst + 20);
  const exchanges = started.recorder.exchanges.slice(before.recorded);
  expect(exchanges.filter(({ denial }) => denial?.reason === "transport.frames-too-many")).toHaveLength(1);
  expect(new Set(exchanges.map(({ id }) => id)).size).toBe(exchanges.length);
});

it("F19 rapid reset at a pace at which each reaches the API ends its session with ENHANCE_YOUR_CALM", async () => {
  const client = await open();
  const before = begun;
  const recorded = started.recorder.exchanges.length;
  // Some at once: one after another a busy machine has fewer in a second than may be.
  for (let i = 0; i < more && !client.closed; i += AT_ONCE) {
    const seen = begun;
    const ids = Array.from({ length: AT_ONCE }, (_, k) => i + k);
    client.socket.write(Buffer.concat(ids.map((id) => get("/slow", id))));
    await expect.poll(() => client.closed || begun >= seen + AT_ONCE, { interval: 1, timeout: 60_000 }).toBe(true);
    client.socket.write(Buffer.concat(ids.map((id) => reset(id, CANCEL))));
  }
  await client.until(() => false);
  expect(client.error === undefined ? client.goneWith : 11).toBe(11);
  expect(begun - before).toBeGreaterThanOrEqual(LIMITS.streamResetsBurst);
  expect(begun - before).toBeLessThan(more);
  const ends = started.recorder.exchanges.slice(recorded).flatMap(({ denial }) => denial?.internal ?? []);
  expect(ends).toEqual(["requests that were reset"]);
});

it("takes a redirect that a browser resets once it has read its head for complete", async () => {
  const client = await open();
  const recorded = started.recorder.exchanges.length;
  const count = LIMITS.streamResetsBurst + 50;
  for (let i = 0; i < count; i += 1) {
    client.socket.write(get("/moved", i));
    await client.until(() => client.answered(idOf(i)));
    client.socket.write(reset(i, CANCEL));
  }
  await started.recorder.nth(recorded + count);
  expect(client.closed).toBe(false);
  const ended = started.recorder.exchanges.slice(recorded).map((one) => `${one.ended} ${one.answerBytes}`);
  expect(new Set(ended)).toEqual(new Set(["complete 40"]));
  client.socket.destroy();
});

it("does not count against a client what the API broke off", async () => {
  const client = await open();
  for (let i = 0; i < LIMITS.streamResetsBurst + 50; i += 1) {
    client.socket.write(get("/breaks", i));
    await client.until(() => client.resetOf(idOf(i)) !== undefined);
  }
  expect(client.closed).toBe(false);
  client.socket.destroy();
});
