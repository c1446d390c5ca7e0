// How long an HTTP/2 session may last: not without a stream, not with answers that nobody takes, and else as long as it needs.
import { once } from "node:events";
import { connect, type ClientHttp2Session, type ClientHttp2Stream, createSecureServer } from "node:http2";
import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, it, type TestContext } from "vitest";
import { boundSession } from "../../src/gateway/session.ts";
import { ecCertificate } from "./certificates.ts";

/** A session ends where the machine stalls for as long before its first stream. */
const IDLE_MS = 400;

type Finished = TestContext["onTestFinished"];

async function start(
  onTestFinished: Finished,
  answer: (stream: ServerHttp2Stream) => unknown,
  options: { initialWindowSize?: number } = {},
): Promise<ClientHttp2Session> {
  const folder = mkdtempSync(path.join(tmpdir(), "portcullis-session-"));
  const { cert, key, ca } = await ecCertificate(folder);
  const server = createSecureServer({ cert, key });
  // As the gateway's server has it: nothing may depend on this timer.
  server.setTimeout(IDLE_MS);
  server.on("session", (session: ServerHttp2Session) => boundSession(session, IDLE_MS, 1_000));
  server.on("stream", (stream: ServerHttp2Stream) => {
    stream.on("error", () => stream.destroy());
    answer(stream);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const session = connect(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, { ca, settings: options });
  session.on("error", () => session.destroy());
  onTestFinished(() => {
    session.destroy();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return session;
}

async function statusOf(stream: ClientHttp2Stream): Promise<number> {
  const [head] = (await once(stream, "response")) as [{ ":status": number }];
  stream.resume();
  await once(stream, "close");
  return head[":status"];
}

// At once: they wait for times.
describe.concurrent("a session", () => {
  it("F20 ends without a stream, with GOAWAY, also where the client keeps on pinging", async ({
    expect,
    onTestFinished,
  }) => {
    const session = await start(onTestFinished, (stream) => stream.respond({ ":status": 204 }, { endStream: true }));
    const begun = performance.now();
    const pings = setInterval(() => !session.closed && session.ping(() => undefined), IDLE_MS / 5);
    onTestFinished(() => clearInterval(pings));
    const goaway = once(session, "goaway");
    expect(await statusOf(session.request({ ":path": "/" }))).toBe(204);
    expect((await goaway)[0]).toBe(0);
    expect(performance.now() - begun).toBeGreaterThan(IDLE_MS * 0.9);
  });

  it("F20 lives on while a stream waits for its answer or is silent in between", async ({ expect, onTestFinished }) => {
    const session = await start(onTestFinished, async (stream) => {
      await wait(IDLE_MS * 2);
      stream.respond({ ":status": 200 });
      stream.write("event");
      await wait(IDLE_MS * 2);
      stream.end("event");
    });
    expect(await statusOf(session.request({ ":path": "/" }))).toBe(200);
  });

  it("F19 cancels answers that a client with a window of zero never takes, whatever else it sends", async ({
    expect,
    onTestFinished,
  }) => {
    const session = await start(
      onTestFinished,
      (stream) => {
        stream.respond({ ":status": 200 });
        stream.end(Buffer.alloc(10_000));
      },
      { initialWindowSize: 0 },
    );
    const pings = setInterval(() => !session.closed && session.ping(() => undefined), IDLE_MS / 5);
    onTestFinished(() => clearInterval(pings));
    const streams = Array.from({ length: 10 }, () => session.request({ ":path": "/" }).resume());
    await Promise.all(streams.map((stream) => once(stream, "close")));
    expect(streams.map((stream) => stream.rstCode)).toEqual(Array(10).fill(8));
    await once(session, "close");
  });

  it("F20 does not cut a slow reader that goes on reading", async ({ expect, onTestFinished }) => {
    const size = 300_000;
    const session = await start(onTestFinished, (stream) => {
      stream.respond({ ":status": 200 });
      stream.end(Buffer.alloc(size));
    });
    const stream = session.request({ ":path": "/" });
    let bytes = 0;
    for await (const chunk of stream) {
      bytes += (chunk as Buffer).length;
      await wait(IDLE_MS / 2);
    }
    expect(bytes).toBe(size);
  });
});
