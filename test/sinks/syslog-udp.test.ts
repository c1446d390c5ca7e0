// Syslog over UDP: one message to a datagram, each sent once, whatever becomes of it.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import type { Destination } from "../../src/monitoring/index.ts";
import { syslogDestination, type SyslogOptions } from "../../src/sinks/syslog/syslog-destination.ts";
import { ids, records } from "./records.ts";
import { readMessage } from "./syslog-stand-in.ts";

const never = new AbortController().signal;
let server: Socket;
let port: number;
const arrived: Buffer[] = [];
const open: Destination[] = [];

function destination(options: Partial<SyslogOptions> = {}): Destination {
  const header = { facility: "audit", hostname: "gate-1", appName: "portcullis", enterpriseNumber: 32_473 } as const;
  const where = { transport: "udp", host: "localhost", port, dangerouslyUnencrypted: false } as const;
  const made = syslogDestination(
    { ...header, ...where, messageBytesMax: 2_048, timeoutMs: 10_000, ...options },
    { name: "syslog", level: "info", clock: systemClock },
  );
  open.push(made);
  return made;
}

const texts = (): string[] =>
  arrived.map((bytes) => (JSON.parse(readMessage(bytes).text) as { event: { id: string } }).event.id);

async function listen(at: number): Promise<void> {
  server = createSocket("udp4").on("message", (message) => arrived.push(message));
  server.bind(at, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address());
}

beforeEach(async () => {
  arrived.length = 0;
  await listen(0);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  server.close();
});

it("each event is one datagram, without framing", async () => {
  const given = records(10);
  const sending = destination();
  expect([sending.assurance, sending.recordsMax]).toEqual(["at-most-once", 64]);
  expect(await sending.deliver(given, never)).toEqual({ kind: "answered", outcomes: given.map(() => "delivered") });
  await expect.poll(texts).toEqual(ids(given));
});

it("what fits in no datagram is dead, alone", async () => {
  const given = records(3, (event, i) => i === 1 && Object.assign(event, { labels: { long: "x".repeat(2_000) } }));
  const dead = { dead: expect.stringContaining("more than 2048") as string };
  expect(await destination().deliver(given, never)).toMatchObject({ outcomes: ["delivered", dead, "delivered"] });
  await expect.poll(texts).toEqual(["spooled-1", "spooled-3"]);
});

it("what the system itself refuses for its length is dead, alone, and holds up nothing", async () => {
  const given = records(3, (event, i) => i === 1 && Object.assign(event, { message: "x".repeat(70_000) }));
  expect(await destination({ messageBytesMax: 100_000 }).deliver(given, never)).toEqual({
    kind: "answered",
    outcomes: ["delivered", { dead: "the network takes no message of its length" }, "delivered"],
  });
  await expect.poll(texts).toEqual(["spooled-1", "spooled-3"]);
});

it("that nobody listens is heard of the datagram before, and it goes on when somebody does", async () => {
  const at = port;
  const closed = once(server, "close");
  server.close();
  await closed;
  const sending = destination();
  const heard = async () => JSON.stringify(await sending.deliver(records(2), never));
  await expect.poll(heard).toMatch(/ECONNREFUSED|retry/);
  await listen(at);
  await expect
    .poll(async () => {
      await sending.deliver(records(1), never);
      return arrived.length;
    })
    .toBeGreaterThan(0);
});

it("nothing is sent once we stop", async () => {
  const stopped = AbortSignal.abort();
  expect(await destination().deliver(records(2), stopped)).toMatchObject({ kind: "unavailable" });
  expect(arrived).toEqual([]);
});
