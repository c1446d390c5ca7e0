// Streams over HTTP/2: bodies flow both ways with back-pressure, and each side learns when the other left.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Gate } from "../../src/core/gate.ts";
import type { RequestGuard, ResponseGuard } from "../../src/core/guard.ts";
import { CONTINUE, deny } from "../../src/core/outcome.ts";
import { FLAG, frame, FrameClient, headers, request } from "../attacks/http2-frames.ts";
import { eventually } from "../attacks/wire.ts";
import { ecCertificate, type TestCertificate } from "./certificates.ts";
import { keep, type Started, startOver, startUpstream } from "./harness.ts";

const folder = mkdtempSync(path.join(tmpdir(), "portcullis-http2-"));
let certificate: TestCertificate;
beforeAll(async () => {
  certificate = await ecCertificate(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function start(handler: Handler, gate: Partial<Gate> = {}): Promise<Started & { client: ClientHttp2Session }> {
  const upstream = keep(await startUpstream(handler));
  const started = keep(await startOver(upstream.origin, gate, { tls: certificate, drainTimeoutMs: 2_000 }));
  const client = connect(started.gateway.url, { ca: certificate.ca });
  client.on("error", () => client.destroy());
  onTestFinished(() => client.destroy());
  return { ...started, client };
}

async function headOf(stream: ClientHttp2Stream): Promise<Record<string, unknown>> {
  return ((await once(stream, "response")) as [Record<string, unknown>])[0];
}

async function textOf(stream: ClientHttp2Stream): Promise<string> {
  let text = "";
  for await (const chunk of stream.setEncoding("utf8")) text += chunk as string;
  return text;
}

/** Writes until nobody takes more for a while; the bytes that were taken. */
async function writeUntilFull(stream: ClientHttp2Stream, bytesMax: number): Promise<number> {
  const chunk = Buffer.alloc(64 * 1024);
  let bytes = 0;
  for (; bytes < bytesMax; bytes += chunk.length) {
    if (stream.write(chunk)) continue;
    const drained = once(stream, "drain").then(() => true);
    const late = new Promise<boolean>((resolve) => setTimeout(resolve, 300, false));
    if (!(await Promise.race([drained, late]))) break;
  }
  return bytes;
}

const LARGE = 64 * 1024 * 1024;
const denyAll: RequestGuard = {
  practice: "authentication",
  name: "authentication.credentials",
  mode: "enforce",
  check: () => deny("authentication.credentials-missing"),
};

it("R05 a field of the API that is named as what every object has says what the API said", async () => {
  const { client } = await start((_request, response) => {
    response.writeHead(200, ["constructor", "a", "__proto__", "b"]);
    response.end();
  });
  const stream = client.request({ ":path": "/" });
  const [, , lines] = (await once(stream, "response")) as [unknown, unknown, string[]];
  stream.resume();
  expect(lines.join(" ")).toContain("constructor a __proto__ b");
});

describe("bodies", () => {
  it("an upload waits for an API that does not read, and goes on with it", async () => {
    let reading: IncomingMessage | undefined;
    const { client } = await start(
      (request, response) => {
        request.pause();
        reading = request;
        request.on("end", () => response.end("taken"));
      },
      { bodyBytesMax: LARGE },
    );
    const stream = client.request({ ":method": "POST", ":path": "/" });
    const taken = await writeUntilFull(stream, LARGE);
    expect(taken).toBeLessThan(16 * 1024 * 1024);
    reading?.resume();
    stream.end();
    expect((await headOf(stream))[":status"]).toBe(200);
    expect(await textOf(stream)).toBe("taken");
  });

  it("an answer waits for a client that does not read", async () => {
    let written = 0;
    const { client } = await start((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024);
      const more = () => {
        while (written < LARGE) {
          written += chunk.length;
          if (!response.write(chunk)) return;
        }
        response.end();
      };
      response.on("drain", more);
      more();
    });
    const stream = client.request({ ":path": "/" });
    await headOf(stream);
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(written).toBeLessThan(16 * 1024 * 1024);
    let bytes = 0;
    for await (const chunk of stream) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(LARGE);
  });

  it("whoever is denied is told at once, and stops uploading", async () => {
    const { gateway, recorder } = await start(() => expect.fail("nothing may arrive"), { head: [denyAll] });
    const client = await FrameClient.open(Number(new URL(gateway.url).port));
    client.socket.write(headers(request("POST"), 1, FLAG.endHeaders));
    const sent = client.flood(frame("DATA", 0, 1, Buffer.alloc(16_000)), 10);
    await client.until(() => client.resetOf(1) !== undefined);
    await sent;
    expect(client.resetOf(1)).toBe(0);
    const answer = client.frames.filter(({ stream }) => stream === 1);
    expect(answer.map(({ type }) => type).filter((type) => type !== "DATA")).toEqual(["HEADERS", "RST_STREAM"]);
    expect((answer.at(-2)?.flags ?? 0) & FLAG.endStream).toBe(FLAG.endStream);
    expect(await recorder.nth(1)).toMatchObject({ answerStatus: 401, ended: "complete" });
    client.socket.destroy();
  });

  // Java's client writes it with a capital, and waits for as long as it takes.
  it.each(["100-continue", "100-Continue"])(
    "whoever asks first is told to go on, or is denied without having sent anything: %s",
    async (expectation) => {
      const honest = await start((request, response) => request.pipe(response));
      const stream = honest.client.request({ ":method": "POST", ":path": "/", expect: expectation });
      await once(stream, "continue");
      stream.end("body");
      expect(await textOf(stream)).toBe("body");
      const { client } = await start(() => expect.fail("nothing may arrive"), { head: [denyAll] });
      const other = client.request({ ":method": "POST", ":path": "/", expect: expectation });
      other.on("continue", () => expect.fail("it was told to go on"));
      expect((await headOf(other))[":status"]).toBe(401);
      other.close();
    },
  );

  it("a body over its limit is 413, also where no length was declared, and never arrives whole", async () => {
    let whole = false;
    const { client } = await start((request) => void request.resume().on("end", () => (whole = true)));
    const stream = client.request({ ":method": "POST", ":path": "/" });
    stream.on("error", () => undefined);
    stream.write(Buffer.alloc(1024 * 1024 + 1));
    expect((await headOf(stream))[":status"]).toBe(413);
    stream.close();
    await new Promise((resolve) => client.ping(resolve));
    expect(whole).toBe(false);
  });
});

describe("answers", () => {
  it("events arrive as they happen, and the API learns that their reader left", async () => {
    let send: ((event: string) => void) | undefined;
    let left = false;
    const { client, recorder } = await start((_request, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
      response.on("close", () => (left = true));
      send = (event) => void response.write(event);
    });
    const stream = client.request({ ":path": "/events" });
    stream.on("error", () => undefined);
    expect(await headOf(stream)).toMatchObject({ ":status": 200, "content-type": "text/event-stream" });
    for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
      send?.(event);
      expect(String((await once(stream, "data"))[0])).toBe(event);
    }
    stream.close(8);
    await eventually(() => left);
    expect(await recorder.nth(1)).toMatchObject({ ended: "client-left" });
    expect(client.closed).toBe(false);
  });

  it("HEAD has the length and no body; fields between two hops and interim answers stay behind", async () => {
    const { client } = await start((_request, response) => {
      response.writeEarlyHints({ link: "</evil>; rel=preload" });
      response.writeHead(200, { "Content-Length": "5", "Keep-Alive": "timeout=5", Connection: "x-hop", "X-Hop": "1" });
      response.end();
    });
    const stream = client.request({ ":method": "HEAD", ":path": "/" });
    stream.on("headers", () => expect.fail("an interim answer came through"));
    const head = await headOf(stream);
    expect(head).toMatchObject({ ":status": 200, "content-length": "5" });
    for (const name of ["connection", "keep-alive", "x-hop", "transfer-encoding"]) expect(head[name]).toBeUndefined();
    expect(await textOf(stream)).toBe("");
  });

  it.each([
    ["a status", { status: 999, lines: [] }],
    ["a field twice that stands once", { status: 200, lines: ["Etag", "1", "Etag", "2", "Content-Encoding", "gzip"] }],
  ])("an answer with %s that HTTP/2 cannot say is 502, held back or not", async (_name, { status, lines }) => {
    const holding: ResponseGuard = {
      practice: "validation",
      name: "validation.responses",
      mode: "enforce",
      on: "upstream",
      body: () => CONTINUE,
    };
    const handler: Handler = (_request, response) => {
      response.writeHead(status, lines);
      response.end("ok");
    };
    for (const response of [[], [holding]]) {
      const { client, recorder } = await start(handler, { response });
      const stream = client.request({ ":path": "/" });
      const head = await headOf(stream);
      expect(head).toMatchObject({ ":status": 502 });
      expect(head).not.toHaveProperty("content-encoding");
      expect(await textOf(stream)).toContain("transport.upstream-invalid");
      expect(await recorder.nth(1)).toMatchObject({ answerStatus: 502, ended: "complete" });
    }
  });

  it("a list in several lines stays a list, and of two dates the first counts", async () => {
    const { client } = await start((_request, response) => {
      response.writeHead(200, ["Content-Language", "de", "Date", "first", "Content-Language", "en", "Date", "second"]);
      response.end();
    });
    const head = await headOf(client.request({ ":path": "/" }));
    expect(head).toMatchObject({ ":status": 200, "content-language": "de, en", date: "first" });
  });

  it.each([
    [990, 200],
    [1_000, 502],
  ])("a head of %i fields and some is %i, and the client has it", async (count, status) => {
    const fields = Array.from({ length: count }, () => ["X-Many", "m".repeat(55)]).flat();
    const { gateway, recorder } = await start((_request, response) => {
      response.writeHead(200, fields);
      response.end();
    });
    const settings = { maxHeaderListSize: 256 * 1024 };
    const client = connect(gateway.url, { ca: certificate.ca, maxHeaderListPairs: 1_100, settings });
    onTestFinished(() => client.destroy());
    expect(await headOf(client.request({ ":path": "/" }))).toMatchObject({ ":status": status });
    expect(await recorder.nth(1)).toMatchObject({ answerStatus: status, ended: "complete" });
  });

  it("an answer that breaks off is a reset, never a short body that looks whole", async () => {
    const { client, recorder } = await start((_request, response) => {
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    });
    const stream = client.request({ ":path": "/" });
    await expect(textOf(stream)).rejects.toThrow(/NGHTTP2_/);
    expect(stream.rstCode).not.toBe(0);
    expect(await recorder.nth(1)).toMatchObject({ ended: "upstream-failed" });
  });

  it("an answer that a shutdown cuts is a reset as well; one that ends in time is whole", async () => {
    let finish: (() => void) | undefined;
    const { client, gateway } = await start((request, response) => {
      response.write("half");
      if (request.url === "/short") finish = () => response.end();
    });
    const [long, short] = [client.request({ ":path": "/long" }), client.request({ ":path": "/short" })];
    await Promise.all([headOf(long), headOf(short)]);
    const cut = gateway.close();
    finish?.();
    expect(await textOf(short)).toBe("half");
    await expect(textOf(long)).rejects.toThrow(/NGHTTP2_/);
    expect(await cut).toBe(1);
  });
});
