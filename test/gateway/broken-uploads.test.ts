// Uploads that their client breaks off, which many at once are an attack by: the record says so. Who leaves behind a whole request is no such client.
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { Gate } from "../../src/core/gate.ts";
import type { RequestGuard } from "../../src/core/guard.ts";
import { CONTINUE } from "../../src/core/outcome.ts";
import { classify } from "../../src/monitoring/classification.ts";
import { FLAG, frame, FrameClient, headers, request } from "../attacks/http2-frames.ts";
import { ecCertificate, type TestCertificate } from "./certificates.ts";
import { ask, keep, startOver, startUpstream } from "./harness.ts";

const folder = mkdtempSync(path.join(tmpdir(), "portcullis-uploads-"));
let certificate: TestCertificate;
beforeAll(async () => {
  certificate = await ecCertificate(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const judge: RequestGuard = { practice: "validation", name: "validation.body", mode: "enforce", check: () => CONTINUE };
const HELD: Partial<Gate> = { body: [judge] };
const INCOMPLETE = ["client-left", "transport.body-incomplete", "request_incomplete", 0];
const UNANSWERED = ["client-left", undefined, "api_unanswered", 0];

/** An API that reads what comes and never answers; `whole` says when all of a request came. */
async function start(gate: Partial<Gate>, tls?: TestCertificate) {
  const whole = Promise.withResolvers<undefined>();
  const upstream = keep(
    await startUpstream((asked, response) => {
      if (asked.url === "/other") response.end();
      else asked.resume().on("end", () => whole.resolve(undefined));
    }),
  );
  const started = keep(await startOver(upstream.origin, gate, { drainTimeoutMs: 500, ...(tls && { tls }) }));
  const recorded = async (others = 0) => {
    const exchange = await started.recorder.nth(others + 1);
    return [exchange.ended, exchange.denial?.reason, classify(exchange).action, exchange.answerStatus];
  };
  return { ...started, whole: whole.promise, recorded };
}

const LENGTH = "Content-Length: 9\r\n\r\n";
const CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";

it.each([
  ["half a body that is held", HELD, `POST / HTTP/1.1\r\nHost: a\r\n${LENGTH}half`, INCOMPLETE],
  ["half a body that streams", {}, `POST / HTTP/1.1\r\nHost: a\r\n${LENGTH}half`, INCOMPLETE],
  ["a body of which nothing came", {}, `POST / HTTP/1.1\r\nHost: a\r\n${LENGTH}`, INCOMPLETE],
  ["half a chunk", HELD, `POST / HTTP/1.1\r\nHost: a\r\n${CHUNKED}9\r\nhalf`, INCOMPLETE],
  ["chunks without an end", {}, `POST / HTTP/1.1\r\nHost: a\r\n${CHUNKED}4\r\nhalf\r\n`, INCOMPLETE],
  ["a whole body that was held", HELD, `POST / HTTP/1.1\r\nHost: a\r\n${LENGTH}all of it`, UNANSWERED],
  ["a whole body that streamed", {}, `POST / HTTP/1.1\r\nHost: a\r\n${LENGTH}all of it`, UNANSWERED],
  ["no body", {}, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", UNANSWERED],
])("is recorded as what it was where the client leaves behind %s", async (_name, gate, sent, expected) => {
  const { gateway, whole, recorded } = await start(gate);
  const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve) => void socket.write(sent, () => resolve()));
  // All that was sent has been read once another connection is served.
  if (expected === UNANSWERED) await whole;
  else await ask(`${gateway.url}/other`);
  socket.resetAndDestroy();
  expect(await recorded(expected === UNANSWERED ? 0 : 1)).toEqual(expected);
});

it.each([
  ["half a body that is held", HELD, `${LENGTH}half`],
  ["half a body that streams", {}, `${LENGTH}half`],
  ["half a chunk", HELD, `${CHUNKED}9\r\nhalf`],
])("a connection that its client ends behind %s is no probing", async (_name, gate, sent) => {
  const { gateway, recorded } = await start(gate);
  const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.resume().end(`POST / HTTP/1.1\r\nHost: a\r\n${sent}`);
  expect(await recorded()).toEqual(["complete", "transport.body-incomplete", "request_incomplete", 400]);
});

it.each([
  ["half a body that is held", HELD, "half", false, INCOMPLETE],
  ["half a body that streams", {}, "half", false, INCOMPLETE],
  ["a body of which nothing came", {}, "", false, INCOMPLETE],
  ["a whole body that was held", HELD, "all of it", true, UNANSWERED],
  ["a whole body that streamed", {}, "all of it", true, UNANSWERED],
])("is recorded so over HTTP/2 behind %s", async (_name, gate, sent, isWhole, expected) => {
  for (const leave of ["resets the stream", "resets it at once", "ends the connection"]) {
    const { gateway, whole, recorded } = await start(gate, certificate);
    const client = await FrameClient.open(Number(new URL(gateway.url).port));
    onTestFinished(() => void client.socket.destroy());
    const head = headers(request("POST", ["content-length", "9"]), 1, FLAG.endHeaders);
    const data = sent === "" ? [] : [frame("DATA", isWhole ? FLAG.endStream : 0, 1, Buffer.from(sent))];
    const cut = frame("RST_STREAM", 0, 1, Buffer.from([0, 0, 0, 8]));
    if (leave === "resets it at once") client.socket.write(Buffer.concat([head, ...data, cut]));
    else {
      client.socket.write(Buffer.concat([head, ...data, frame("PING", 0, 0, Buffer.alloc(8))]));
      await client.until(() => client.frames.some(({ type }) => type === "PING"));
      if (isWhole) await whole;
      if (leave === "resets the stream") client.socket.write(cut);
      else client.socket.destroy();
    }
    expect([leave, ...(await recorded())]).toEqual([leave, ...expected]);
  }
});
