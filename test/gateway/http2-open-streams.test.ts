// Streams that a client leaves open over HTTP/2: they hold nothing back from the record, and an empty body is none.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type ClientHttp2Stream, connect, constants } from "node:http2";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { Gate } from "../../src/core/gate.ts";
import type { RequestGuard } from "../../src/core/guard.ts";
import { CONTINUE, deny } from "../../src/core/outcome.ts";
import type { GatewayState } from "../../src/gateway/gateway-state.ts";
import { endSlow } from "../../src/gateway/slow-clients.ts";
import { LIMITS } from "../../src/transport/limits.ts";
import { bodyUnexpectedGuard } from "../../src/validation/body-head-guards.ts";
import { ecCertificate, type TestCertificate } from "./certificates.ts";
import { keep, startOver, startUpstream } from "./harness.ts";

const folder = mkdtempSync(path.join(tmpdir(), "portcullis-streams-"));
let certificate: TestCertificate;
beforeAll(async () => {
  certificate = await ecCertificate(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function start(gate: Partial<Gate>) {
  const upstream = keep(
    await startUpstream((request, response) => {
      request.resume();
      request.on("end", () => response.end("hello"));
    }),
  );
  const started = keep(await startOver(upstream.origin, gate, { tls: certificate, drainTimeoutMs: 500 }));
  const client = connect(started.gateway.url, { ca: certificate.ca });
  client.on("error", () => client.destroy());
  onTestFinished(() => client.destroy());
  const post = (fields: Record<string, string>): ClientHttp2Stream => {
    const stream = client.request({ ":method": "POST", ":path": "/any", ...fields }, { endStream: false });
    stream.on("error", () => undefined);
    stream.resume();
    return stream;
  };
  return { ...started, upstream, post };
}

async function statusOf(stream: ClientHttp2Stream): Promise<unknown> {
  const [head] = (await once(stream, "response")) as [Record<string, unknown>];
  return head[":status"];
}

const denyAll: RequestGuard = {
  practice: "authentication",
  name: "authentication.credentials",
  mode: "enforce",
  check: () => deny("authentication.credentials-missing"),
};
const judge: RequestGuard = { practice: "validation", name: "validation.body", mode: "enforce", check: () => CONTINUE };

it.each([
  ["a refused head", {}, { "x-http-method-override": "PUT" }, 400],
  ["a small body that is owed, where it is denied", { head: [denyAll] }, { "content-length": "10" }, 401],
  ["an end that is owed alone", { body: [judge] }, { "content-length": "0" }, 200],
])("F19 a stream left open behind %s ends, and is recorded", async (_name, gate, fields, status) => {
  const { recorder, post } = await start(gate);
  const stream = post(fields);
  const closed = once(stream, "close");
  expect(await statusOf(stream)).toBe(status);
  expect(await recorder.nth(1)).toMatchObject({ answerStatus: status, ended: "complete" });
  await closed;
  expect(stream.rstCode).toBe(constants.NGHTTP2_NO_ERROR);
});

it("is a request without a body where its length is 0, as clients on phones send it", async () => {
  const { upstream, post } = await start({ head: [bodyUnexpectedGuard("enforce")] });
  const empty = post({ "content-length": "0" });
  empty.end();
  expect(await statusOf(empty)).toBe(200);
  expect(upstream.seen).toHaveLength(1);
  expect(upstream.seen[0]?.headers).toMatchObject({ "content-length": "0" });
  const full = post({ "content-length": "2" });
  full.end("{}");
  expect(await statusOf(full)).toBe(400);
  expect(upstream.seen).toHaveLength(1);
});

it("F18 a length of 0 before content reaches nobody as a body", async () => {
  const { upstream, post } = await start({ head: [bodyUnexpectedGuard("enforce")] });
  const stream = post({ "content-length": "0" });
  stream.end('{"role":"admin"}');
  await new Promise<void>((resolve) => void stream.once("close", resolve));
  expect(stream.rstCode).not.toBe(constants.NGHTTP2_NO_ERROR);
  for (const { body } of upstream.seen) expect(body).toHaveLength(0);
});

it("F19 a stream that is closed and never says so ends at the second look", () => {
  const stream = { closed: true, destroyed: false, destroy: () => void (stream.destroyed = true) };
  const passage = {
    answered: true,
    wasClosed: false,
    request: { stream, complete: true },
    exchange: { request: { hasBody: false } },
  };
  const state = {
    limits: LIMITS,
    generation: { pool: { stats: { queued: 0 } } },
    calls: { all: () => [] },
    passages: { all: () => [passage] },
  } as unknown as GatewayState;
  endSlow(state, 0);
  expect(stream.destroyed).toBe(false);
  endSlow(state, 500);
  expect(stream.destroyed).toBe(true);
});
