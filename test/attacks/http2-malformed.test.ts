// F18: HTTP/2 requests that could mean two things to two readers. None is answered as a good one, nothing reaches the upstream.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ecCertificate } from "../gateway/certificates.ts";
import { type Started, startOver, startUpstream, type Upstream } from "../gateway/harness.ts";
import { arrivesUnguarded } from "./bench.ts";
import { FLAG, frame, FrameClient, headers, request, type FieldPair } from "./http2-frames.ts";

const folder = mkdtempSync(path.join(tmpdir(), "portcullis-http2-"));
let upstream: Upstream;
let started: Started;
let port: number;
beforeAll(async () => {
  upstream = await startUpstream((incoming, response) => incoming.on("end", () => response.end("ok")));
  started = await startOver(upstream.origin, {}, { tls: await ecCertificate(folder) });
  port = Number(new URL(started.gateway.url).port);
});
afterAll(async () => {
  await started.close();
  await upstream.close();
  rmSync(folder, { recursive: true });
});

const GOOD: FieldPair[] = [
  [":method", "GET"],
  [":scheme", "https"],
  [":path", "/good"],
  [":authority", "localhost"],
];
const OPEN = FLAG.endHeaders;
const data = (bytes: string, end = true) => frame("DATA", end ? FLAG.endStream : 0, 1, Buffer.from(bytes));
const get = (...more: FieldPair[]) => headers(request("GET", ...more));
const without = (name: string, ...more: FieldPair[]) =>
  headers([...request("GET").filter(([own]) => own !== name), ...more]);
const post = (more: FieldPair[], ...rest: Buffer[]) =>
  Buffer.concat([headers(request("POST", ...more), 1, OPEN), ...rest]);

/** Sends it, then a good request on the next stream: answered where the connection goes on, by another one where not. */
async function isRefused(bytes: Buffer): Promise<void> {
  await arrivesUnguarded(bytes);
  const before = upstream.seen.length;
  const client = await FrameClient.open(port);
  client.socket.write(Buffer.concat([bytes, headers(GOOD, 3)]));
  await client.until(() => client.answered(3));
  if (client.closed) {
    const next = await FrameClient.open(port);
    next.socket.write(headers(GOOD, 1));
    await next.until(() => next.answered(1));
    next.socket.destroy();
  } else {
    await client.until(() => client.resetOf(1) !== undefined || client.answered(1));
  }
  client.socket.destroy();
  // Whether answered or reset, it is not the API's answer: that saw the good request alone.
  expect(upstream.seen.slice(before).map(({ url }) => url)).toEqual(["/good"]);
  const last = started.recorder.exchanges.filter(({ request }) => request.target === "/evil").at(-1);
  expect([undefined, 0, 400, 431, 501]).toContain(last?.answerStatus);
}

const REFUSED: Record<string, Buffer> = {
  "a name with capitals": get(["X-Up", "1"]),
  "CRLF in the path": without(":path", [":path", "/evil\r\nx: 1"]),
  "a space in the path": without(":path", [":path", "/evil HTTP/1.1"]),
  "an absolute path": without(":path", [":path", "http://evil.example/evil"]),
  "an empty path": without(":path", [":path", ""]),
  "`*` for GET": without(":path", [":path", "*"]),
  "no path": without(":path"),
  "no method": without(":method"),
  "no scheme": without(":scheme"),
  "a scheme that is not this connection's": without(":scheme", [":scheme", "http"]),
  "a scheme of another kind": without(":scheme", [":scheme", "javascript"]),
  "a scheme that is none": without(":scheme", [":scheme", "https://evil/"]),
  "no authority and no host": without(":authority"),
  "authority with userinfo": without(":authority", [":authority", "localhost@evil"]),
  "authority with a path": without(":authority", [":authority", "localhost/evil"]),
  "a host unlike the authority": get(["host", "evil"]),
  "two hosts": get(["host", "localhost"], ["host", "localhost"]),
  "two authorities": get([":authority", "evil"]),
  "two paths": get([":path", "/other"]),
  "two methods": get([":method", "POST"]),
  "a pseudo-field behind a field": headers([[":method", "GET"], ["x-a", "b"], ...request("GET").slice(1)]),
  "an unknown pseudo-field": headers([...request("GET"), [":evil", "1"]]),
  "a pseudo-field of answers": headers([...request("GET"), [":status", "200"]]),
  "WebSocket by extended CONNECT": headers([...request("CONNECT"), [":protocol", "websocket"]]),
  connection: get(["connection", "close"]),
  "connection that names authorization": get(["connection", "authorization"]),
  "keep-alive": get(["keep-alive", "timeout=5"]),
  "proxy-connection": get(["proxy-connection", "keep-alive"]),
  upgrade: get(["upgrade", "h2c"]),
  "te: gzip": get(["te", "gzip"]),
  "transfer-encoding": post([["transfer-encoding", "chunked"]], data("0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n")),
  "content-length and less": post([["content-length", "9"]], data("abc")),
  "content-length and more": post([["content-length", "2"]], data("abcdef")),
  "content-length without data": post([["content-length", "6"]], data("")),
  "two like content-lengths": post(
    [
      ["content-length", "3"],
      ["content-length", "3"],
    ],
    data("abc"),
  ),
  "content-length: +3": post([["content-length", "+3"]], data("abc")),
  "content-length: 03": post([["content-length", "03"]], data("abc")),
  "content-length of 2^64 + 3": post([["content-length", "18446744073709551619"]], data("abc")),
  "pseudo-fields in trailers": post([], data("abc", false), headers([[":path", "/other"]], 1)),
  "trailers that do not end": post([], data("abc", false), headers([["x", "1"]], 1, OPEN), data("abc")),
  "content-length with CRLF": post([["content-length", "3\r\nx-evil: 1"]], data("abc")),
  "host with CRLF": without(":authority", ["host", "localhost\r\nx-evil: 1"]),
  "authority with CRLF": without(":authority", [":authority", "localhost\r\nx-evil: 1"]),
  "authority with a NUL": without(":authority", [":authority", "localhost\0evil"]),
  "method with a space": without(":method", [":method", "GET /evil"]),
  "method with CRLF": without(":method", [":method", "GET\r\nx-evil: 1"]),
  "method in lower case": without(":method", [":method", "get"]),
  "a NUL in the path": without(":path", [":path", "/evil\0"]),
  "a bare LF in the path": without(":path", [":path", "/evil\nx-evil: 1"]),
  "authorization twice": get(["authorization", "Bearer a"], ["authorization", "Bearer b"]),
  "more than 100 fields": get(...Array.from({ length: 101 }, (_, i): FieldPair => [`x-${i}`, "1"])),
  "300 fields": get(...Array.from({ length: 300 }, (_, i): FieldPair => [`x-${i}`, "1"])),
  "too much of one field": get(["x-a", "a".repeat(16_300)]),
};

describe("F18 is refused, and the good request behind it is answered:", () => {
  it.for(Object.keys(REFUSED))("%s", (name) => isRefused(REFUSED[name] as Buffer));
});

const BROKEN: Record<string, Buffer> = {
  "a stream with an even number": headers(request("GET"), 2),
  "data before a head": data("abc"),
  "a frame larger than agreed on": post([], frame("DATA", 0, 1, Buffer.alloc(20_000))),
  "a window larger than 2^31": frame("WINDOW_UPDATE", 0, 0, Buffer.from([0x7f, 255, 255, 255])),
  "a window of zero more": frame("WINDOW_UPDATE", 0, 0, Buffer.alloc(4)),
  "a push by the client": frame("PUSH_PROMISE", FLAG.endHeaders, 1, Buffer.alloc(8)),
  "more padding than payload": frame("DATA", FLAG.padded, 1, Buffer.from([255, 0])),
  "a head that is no HPACK": frame("HEADERS", FLAG.endHeaders, 1, Buffer.alloc(6, 0xff)),
  "a header table larger than offered": frame("HEADERS", 5, 1, Buffer.from([0x3f, 0xe1, 0xff, 0xff, 0x03])),
  "another frame between head and continuation": Buffer.concat([
    headers(request("GET"), 1, 0),
    frame("PING", 0, 0, Buffer.alloc(8)),
  ]),
};

describe("F18 ends the connection:", () => {
  it.for(Object.keys(BROKEN))("%s", async (name) => {
    const client = await FrameClient.open(port);
    client.socket.write(BROKEN[name] as Buffer);
    await client.until(() => false);
    // Node does not always get round to saying why (GOAWAY).
    expect(["GOAWAY", "SETTINGS"]).toContain(client.frames.at(-1)?.type ?? "SETTINGS");
    expect(started.recorder.exchanges.at(-1)?.denial?.reason).toBe("transport.framing-invalid");
    expect(client.frames.map(({ type }) => type)).not.toContain("HEADERS");
    await isRefused(get(["X-Up", "1"]));
  });
});

describe("F18 fields that Node takes out of the head before anybody sees it", () => {
  it.for<FieldPair>([
    ["x-a", "a\r\nx-evil: 1"],
    ["x-a", "a\0b"],
    ["x a", "1"],
    ["x-a:", "1"],
    ["", "1"],
    ["x-\u00e9", "1"],
    ["x-evil\r\nx-a", "1"],
    ["x-a", "a\nx-evil: 1"],
    ["x-a", "a\rx-evil: 1"],
    ["x-a", "\x01evil"],
    ["x-a", "evil\x7f"],
    ["authorization", "Bearer a\r\nx-evil: 1"],
    ["cookie", "a=1\0evil"],
    ["content-type", "text/plain\nevil"],
    ["x-forwarded-for", "192.0.2.1\r\nx-evil: 1"],
  ])("%j do not reach the upstream in any form", async (field) => {
    const client = await FrameClient.open(port);
    client.socket.write(headers([...GOOD, field, ["x-good", "1"]], 1));
    await client.until(() => client.answered(1));
    client.socket.destroy();
    const sent = upstream.seen.at(-1)?.headers ?? {};
    expect(sent["x-good"]).toBe("1");
    expect(Object.keys(sent).filter((name) => !OURS.has(name))).toEqual(["x-good"]);
    expect(JSON.stringify(sent)).not.toContain("evil");
  });
});

/** What the gateway itself says to the upstream. */
const OURS = new Set([
  "host",
  "connection",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-request-id",
  "traceparent",
]);

describe("what is good", () => {
  it("takes a host in the place of the authority, crumbs of a cookie, trailers that it drops, and te: trailers", async () => {
    const client = await FrameClient.open(port);
    const head: FieldPair[] = [
      [":method", "POST"],
      [":scheme", "https"],
      [":path", "/good?a=%20"],
      ["host", "localhost"],
    ];
    const fields: FieldPair[] = [
      ["te", "trailers"],
      ["cookie", "a=1"],
      ["cookie", "b=2"],
      ["content-length", "3"],
    ];
    const trailers = headers(
      [
        ["authorization", "Bearer evil"],
        ["x-late", "1"],
      ],
      1,
    );
    client.socket.write(Buffer.concat([headers([...head, ...fields], 1, OPEN), data("abc", false), trailers]));
    await client.until(() => client.answered(1));
    client.socket.destroy();
    const seen = upstream.seen.at(-1);
    expect(seen).toMatchObject({ method: "POST", url: "/good?a=%20", body: Buffer.from("abc") });
    expect(seen?.headers).toMatchObject({
      cookie: "a=1; b=2",
      "content-length": "3",
      "x-forwarded-host": "localhost",
      "x-forwarded-proto": "https",
    });
    expect(JSON.stringify(seen?.headers)).not.toMatch(/evil|x-late|"te"/);
  });
});
