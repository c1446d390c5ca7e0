// What bounds slow clients and floods taken out in turn: then they do keep an honest client waiting, or go on.
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, expect, it, vi } from "vitest";
import { Room } from "../../src/gateway/room.ts";
import { UpstreamCall } from "../../src/gateway/upstream-call.ts";
import { withBench } from "./bench.ts";
import { frame, FrameClient } from "./http2-frames.ts";
import { honestWaits, ON_BUSY_MACHINES_MS, TRIAL } from "./thousand.ts";
import { GOOD, HOST, talk } from "./wire.ts";

vi.mock(import("../../src/gateway/session-flood.ts"), () => ({ endFloods: () => undefined }));

afterEach(() => vi.restoreAllMocks());

it(
  "without an end for slow calls, a thousand slow clients keep an honest one waiting",
  {
    timeout: ON_BUSY_MACHINES_MS,
  },
  () => {
    vi.spyOn(UpstreamCall.prototype, "isSlow").mockReturnValue(false);
    return withBench(async (bench) => {
      expect(await honestWaits(bench, 1, 2_000)).toEqual([Infinity]);
    }, TRIAL);
  },
);

it("without room for newcomers, idle connections shut an honest client out", () => {
  vi.spyOn(Room.prototype, "make").mockReturnValue(undefined);
  return withBench(
    async (bench) => {
      const idle = Array.from({ length: 20 }, () => bench.dial().on("error", () => undefined));
      await Promise.all(idle.map((socket) => once(socket, "connect")));
      expect((await talk(bench.dial(), GOOD, ({ complete }) => complete.length > 0, 500)).statuses).toEqual([]);
      for (const socket of idle) socket.destroy();
    },
    { limits: { connectionsMax: 20 } },
  );
});

it.each([
  ["a head", `GET /evil HTTP/1.1\r\n${HOST}`],
  ["a body", `POST /late HTTP/1.1\r\n${HOST}Content-Length: 10\r\n\r\na`],
])("without times, %s may take as long as it likes", (_name, bytes) =>
  withBench(
    async (bench) => {
      expect((await talk(bench.dial(), bytes, undefined, 1_000)).closed).toBe(false);
    },
    { limits: { headersTimeoutMs: 0, requestTimeoutMs: 0, connectionsCheckingIntervalMs: 50 } },
  ),
);

it("without their bound, paced pings go on", () =>
  withBench(
    async ({ port }) => {
      const client = await FrameClient.open(port);
      const some = Buffer.concat(Array<Buffer>(200).fill(frame("PING", 0, 0, Buffer.alloc(8))));
      for (let i = 0; i < 20 && !client.closed; i += 1) {
        client.socket.write(some);
        await wait(5);
      }
      expect(client.closed).toBe(false);
      client.socket.destroy();
    },
    { tls: true },
  ));
