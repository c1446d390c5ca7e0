// F20: what waits in memory for clients that take nothing is bounded over all of them together (CWE-770).
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { ResponseGuard } from "../../src/core/guard.ts";
import { CONTINUE } from "../../src/core/outcome.ts";
import type { GatewayState } from "../../src/gateway/gateway-state.ts";
import { endUntaken } from "../../src/gateway/untaken-answers.ts";
import { LIMITS } from "../../src/transport/limits.ts";
import { type FieldPair, FrameClient, headers } from "../attacks/http2-frames.ts";
import { ecCertificate, type TestCertificate } from "./certificates.ts";
import { keep, OPEN_GATE, startOver, startUpstream } from "./harness.ts";

const MIB = 1024 * 1024;
const folder = mkdtempSync(path.join(tmpdir(), "portcullis-untaken-"));
let certificate: TestCertificate;
beforeAll(async () => {
  certificate = await ecCertificate(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Judges the whole of an answer, as `responses: enforce` and `strip` do. */
const judged: ResponseGuard = {
  practice: "validation",
  name: "validation.response",
  mode: "enforce",
  on: "upstream",
  body: () => CONTINUE,
};

const get: FieldPair[] = [
  [":method", "GET"],
  [":scheme", "https"],
  [":path", "/any"],
  [":authority", "localhost"],
];

/** Answers of 1 MiB, one after the other, none of which is taken. */
async function start(answers: number, heldAnswerBytesMax: number) {
  const upstream = keep(await startUpstream((_request, response) => response.end(Buffer.alloc(MIB))));
  const limits = { ...LIMITS, heldAnswerBytesMax, slowLookMs: 50 };
  const started = keep(
    await startOver(
      upstream.origin,
      { response: [...OPEN_GATE.response, judged] },
      { tls: certificate, limits, drainTimeoutMs: 100 },
    ),
  );
  const open = async () => FrameClient.open(Number(new URL(started.gateway.url).port));
  const clients: FrameClient[] = [];
  for (let i = 0; i < answers; i += 1) {
    const client = await open();
    // Windows of 64 KiB are left as they are: nothing behind them is taken.
    client.socket.write(headers(get));
    await client.until(() => client.answered(1));
    clients.push(client);
  }
  return { ...started, clients, open };
}

it("F20 the oldest of them end, and who comes is answered", async () => {
  const { clients, recorder, open } = await start(20, 5 * MIB);
  await recorder.nth(15);
  const cut = recorder.exchanges.map(({ ended, denial }) => [ended, denial?.reason]);
  expect(cut).toEqual(cut.map(() => ["cut", "transport.answer-not-taken"]));
  expect(clients.map((client) => client.resetOf(1) ?? "open").lastIndexOf("open")).toBe(19);
  const next = await open();
  next.socket.write(headers(get));
  await next.until(() => next.answered(1));
  next.socket.destroy();
  for (const { socket } of clients) socket.destroy();
});

it("F20 over HTTP/1.1 too", async () => {
  const upstream = keep(await startUpstream((_request, response) => response.end(Buffer.alloc(16 * MIB))));
  const limits = { ...LIMITS, heldAnswerBytesMax: 20 * MIB, slowLookMs: 50 };
  const gate = { response: [...OPEN_GATE.response, judged], answerBytesMax: 32 * MIB };
  const { gateway, recorder } = keep(await startOver(upstream.origin, gate, { limits, drainTimeoutMs: 100 }));
  for (let i = 0; i < 4; i += 1) {
    const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
    socket.on("error", () => undefined);
    onTestFinished(() => void socket.destroy());
    socket.write("GET /any HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await once(socket, "readable");
  }
  const ended = [await recorder.nth(1), await recorder.nth(2)];
  expect(ended.map((one) => [one.ended, one.denial?.reason])).toEqual([CUT, CUT]);
});
const CUT = ["cut", "transport.answer-not-taken"];

it.each([
  ["none where all fit", 1_000, []],
  ["the older of those of which nothing is taken", 900, ["still, old"]],
  ["both of these where that is not enough", 700, ["still, old", "still"]],
  ["the oldest of the others then", 400, ["still, old", "still", "oldest"]],
])("ends %s", (_name, heldAnswerBytesMax, expected) => {
  const ended: string[] = [];
  const passage = (name: string, startedMonotonicMs: number, isStill: boolean, answered = true) => ({
    answered,
    isStill,
    waitingBytes: 0,
    response: { writableLength: 250 },
    exchange: { startedMonotonicMs },
    look(this: { waitingBytes: number }, bytes: number) {
      this.waitingBytes = bytes;
    },
    endUntaken: () => void ended.push(name),
  });
  const all = [
    passage("young", 9, false),
    passage("still", 5, true),
    passage("oldest", 1, false),
    passage("still, old", 3, true),
    passage("not answered", 0, true, false),
  ];
  endUntaken({ limits: { ...LIMITS, heldAnswerBytesMax }, passages: { all: () => all } } as unknown as GatewayState);
  expect(ended).toEqual(expected);
});
