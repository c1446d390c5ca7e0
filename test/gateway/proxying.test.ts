// What goes on between client and API beside bodies: ranges, conditions, trailers, cookies, streams that are silent for long.
import { get as httpGet, type IncomingMessage } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startRecorder, talk } from "../attacks/wire.ts";
import { ecCertificate } from "./certificates.ts";
import { ask, keep, startOver, startUpstream } from "./harness.ts";

const CONTENT = "0123456789";
const TAG = '"v1"';

/** A file server: ranges and conditions as RFC 9110 13 and 14 have them, as far as they are asked for here. */
const files = () =>
  startUpstream((request, response) => {
    request.resume();
    response.setHeader("ETag", TAG).setHeader("Accept-Ranges", "bytes");
    const { range, "if-none-match": none, "if-match": match, "if-range": ifRange } = request.headers;
    if (match !== undefined && match !== TAG) {
      response.writeHead(412).end();
    } else if (none === TAG) {
      response.writeHead(304).end();
    } else if (range === "bytes=20-") {
      response.writeHead(416, { "Content-Range": "bytes */10" }).end();
    } else if (range !== undefined && (ifRange === undefined || ifRange === TAG)) {
      response.writeHead(206, { "Content-Range": "bytes 2-5/10", "Content-Length": 4 });
      response.end(request.method === "HEAD" ? undefined : CONTENT.slice(2, 6));
    } else {
      response.writeHead(200, { "Content-Length": 10 });
      response.end(request.method === "HEAD" ? undefined : CONTENT);
    }
  });

describe("a part of an answer", () => {
  it("is asked for, and comes as what it is", async () => {
    const { gateway } = keep(await startOver(keep(await files()).origin));
    const part = await ask(gateway.url, { headers: { Range: "bytes=2-5" } });
    expect(part).toMatchObject({ status: 206, body: "2345" });
    expect(part.headers).toMatchObject({ "content-range": "bytes 2-5/10", "content-length": "4", etag: TAG });
    const head = await ask(gateway.url, { method: "HEAD", headers: { Range: "bytes=2-5" } });
    expect(head).toMatchObject({ status: 206, body: "" });
    expect(head.headers["content-length"]).toBe("4");
    const beyond = await ask(gateway.url, { headers: { Range: "bytes=20-" } });
    expect(beyond).toMatchObject({ status: 416, headers: { "content-range": "bytes */10" } });
  });

  it("is the whole where the condition of the range does not hold", async () => {
    const { gateway } = keep(await startOver(keep(await files()).origin));
    const asked = (tag: string) => ask(gateway.url, { headers: { Range: "bytes=2-5", "If-Range": tag } });
    expect((await asked(TAG)).status).toBe(206);
    expect(await asked('"v0"')).toMatchObject({ status: 200, body: CONTENT });
  });
});

describe("a condition", () => {
  it("that finds nothing new is 304, without a body and with its tag", async () => {
    const { gateway, recorder } = keep(await startOver(keep(await files()).origin));
    const same = await ask(gateway.url, { headers: { "If-None-Match": TAG } });
    expect(same).toMatchObject({ status: 304, body: "", headers: { etag: TAG } });
    expect(same.headers["content-length"]).toBeUndefined();
    expect(await recorder.nth(1)).toMatchObject({ answerStatus: 304, answerBytes: 0, ended: "complete" });
    expect((await ask(gateway.url, { headers: { "If-None-Match": '"v0"' } })).body).toBe(CONTENT);
  });

  it("that does not hold is 412", async () => {
    const { gateway } = keep(await startOver(keep(await files()).origin));
    const put = (tag: string) => ask(gateway.url, { method: "PUT", headers: { "If-Match": tag }, body: "x" });
    expect([(await put('"v0"')).status, (await put(TAG)).status]).toEqual([412, 200]);
  });
});

it("trailers end at the gate in both directions, and the body is whole", async () => {
  const chunked = "4\r\nbody\r\n0\r\nX-Checked: 1\r\nAuthorization: Bearer evil\r\n\r\n";
  const upstream = await startRecorder((_request, socket) =>
    socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Checked\r\n\r\n${chunked}`),
  );
  onTestFinished(() => upstream.close());
  const { gateway } = keep(await startOver(upstream.origin, {}, { drainTimeoutMs: 200 }));
  const head = "POST / HTTP/1.1\r\nHost: gate.test\r\nTransfer-Encoding: chunked\r\nTrailer: X-Checked\r\n\r\n";
  const said = await talk(Number(new URL(gateway.url).port), head + chunked, ({ complete }) => complete.length > 0);
  expect(said.complete.map(({ body }) => body.toString())).toEqual(["body"]);
  expect(said.bytes.toString("latin1")).not.toMatch(/x-checked|trailer|evil/i);
  expect(upstream.requests().map(({ body }) => body.toString())).toEqual(["body"]);
  expect(upstream.bytes().toString("latin1")).not.toMatch(/x-checked|trailer|evil/i);
});

it("fields that come several times stay several, in their order", async () => {
  const upstream = keep(
    await startUpstream((_request, response) => response.setHeader("Set-Cookie", ["a=1", "b=2; Path=/"]).end()),
  );
  const { gateway } = keep(await startOver(upstream.origin));
  expect((await ask(gateway.url)).headers["set-cookie"]).toEqual(["a=1", "b=2; Path=/"]);
});

/** Longer than answers are looked at for silence. */
const SILENT_MS = 3_000;

/** Says something, is silent for long, says more. The type decides what that means. */
const silent = (type: string) =>
  startUpstream((_request, response) => {
    response.setHeader("Content-Type", type);
    response.write("data: first\n\n");
    const timer = setTimeout(() => response.end("data: second\n\n"), SILENT_MS);
    response.once("close", () => clearTimeout(timer));
  });

function readAll(url: string): Promise<string> {
  return new Promise((resolve) => {
    httpGet(url, { agent: false }, (response: IncomingMessage) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("error", () => resolve(`${text}(broken off)`));
      response.on("end", () => resolve(text));
    }).on("error", (error) => resolve(error.message));
  });
}

describe.concurrent("an answer that is silent for longer than upstream.timeouts.idle", () => {
  const upstreamOf = (origin: string) => ({
    origin,
    connectTimeoutMs: 20_000,
    answerTimeoutMs: 20_000,
    idleTimeoutMs: 300,
    connectionsMax: 4,
  });

  it("goes on where it is an event stream", async () => {
    const upstream = await silent("text/event-stream; charset=utf-8");
    const { origin } = upstream;
    const started = await startOver(origin, {}, { upstream: upstreamOf(origin) });
    expect(await readAll(started.gateway.url)).toBe("data: first\n\ndata: second\n\n");
    await started.close();
    await upstream.close();
  });

  it("goes on over HTTP/2 as well", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "portcullis-silent-"));
    const certificate = await ecCertificate(folder);
    const upstream = await silent("text/event-stream");
    const { origin } = upstream;
    const started = await startOver(origin, {}, { upstream: upstreamOf(origin), tls: certificate });
    const session = connectHttp2(started.gateway.url, { ca: certificate.ca });
    const text = await new Promise<string>((resolve, reject) => {
      let said = "";
      const stream = session.request({ ":path": "/" });
      stream.setEncoding("utf8").on("data", (chunk: string) => (said += chunk));
      stream.on("error", reject);
      stream.on("end", () => resolve(said));
    });
    expect(text).toBe("data: first\n\ndata: second\n\n");
    session.close();
    await started.close();
    await upstream.close();
    rmSync(folder, { recursive: true });
  });

  it("is broken off where it is a download", async () => {
    const upstream = await silent("text/plain");
    const { origin } = upstream;
    const started = await startOver(origin, {}, { upstream: upstreamOf(origin) });
    expect(await readAll(started.gateway.url)).toBe("data: first\n\n(broken off)");
    expect(await started.recorder.nth(1)).toMatchObject({ denial: { reason: "transport.upstream-timeout" } });
    await started.close();
    await upstream.close();
  });
});
