// Syslog against Debian's rsyslog over TLS and UDP, also killed and restarted in the middle of everything.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import type { Destination, SpooledRecord } from "../../src/monitoring/index.ts";
import { syslogDestination, type SyslogOptions } from "../../src/sinks/syslog/syslog-destination.ts";
import { Authority } from "./certificates.ts";
import { ids, records } from "./records.ts";
import { Rsyslog, rsyslogMissing } from "./rsyslog.ts";

const never = new AbortController().signal;
const missing = rsyslogMissing();

function sinkOf(server: Rsyslog, ca: string, options: Partial<SyslogOptions> = {}): Destination {
  const header = { facility: "audit", hostname: "gate-1", appName: "portcullis", enterpriseNumber: 32_473 } as const;
  const where = { transport: "tls", host: "localhost", port: server.port, dangerouslyUnencrypted: false } as const;
  const bounds = { messageBytesMax: 8_192, timeoutMs: 5_000, ca };
  return syslogDestination(
    { ...header, ...where, ...bounds, ...options },
    { name: "syslog", level: "info", clock: systemClock },
  );
}

/** As the runner does: what is not confirmed is offered again. */
async function deliverAll(sink: Destination, all: readonly SpooledRecord[], size: number): Promise<number> {
  let offered = 0;
  for (let at = 0; at < all.length; at += size) {
    const batch = all.slice(at, at + size);
    for (;;) {
      offered += 1;
      const delivery = await sink.deliver(batch, never);
      if (delivery.kind === "answered") break;
    }
  }
  return offered;
}

describe.skipIf(missing !== undefined)(`rsyslog${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  let authority: Authority;
  let server: Rsyslog;
  beforeAll(() => void (authority = new Authority()));
  afterAll(() => authority?.remove());
  beforeEach(async () => {
    server = await new Rsyslog({ ...authority.issue("DNS:localhost"), ca: authority.ca }).start();
  });
  afterEach(() => server?.remove());

  it("gets every event over TLS, and reads header, structured data and JSON", async () => {
    const sink = sinkOf(server, authority.ca);
    const given = records(500);
    expect(await sink.deliver(given, never)).toMatchObject({ kind: "answered" });
    await sink.close();
    expect(server.ids).toEqual(ids(given));
    expect(server.lines()[6]).toEqual({
      msg: Buffer.from(given[6]?.json ?? []).toString(),
      hostname: "gate-1",
      programname: "portcullis",
      syslogfacility: "13",
      syslogseverity: "6",
      msgid: "api_access",
      "structured-data":
        '[origin software="portcullis"][portcullis@32473 id="spooled-7" position="7"][meta sequenceId="7"]',
      timereported: expect.stringMatching(/^2026-11-26T/) as string,
    });
  });

  it.each(["SIGKILL", "SIGTERM"] as const)(
    "loses nothing while it is ended by %s and started again, ten times",
    async (signal) => {
      const sink = sinkOf(server, authority.ca);
      const given = records(3_000);
      const progress = { done: false };
      const delivering = deliverAll(sink, given, 50).finally(() => (progress.done = true));
      for (let i = 0; i < 10 && !progress.done; i += 1) {
        // It is in the middle of something: as much again arrived as at the last end.
        const before = server.lines().length;
        await expect
          .poll(() => progress.done || server.lines().length > before, { timeout: 30_000, interval: 5 })
          .toBe(true);
        await server.stop(signal);
        await server.start();
      }
      const offered = await delivering;
      await sink.close();
      const arrived = server.ids;
      expect(ids(given).filter((id) => !arrived.includes(id))).toEqual([]);
      // Some had to be offered again, or nothing was interrupted.
      expect(offered).toBeGreaterThan(given.length / 50);
    },
  );

  it("is not believed with a certificate of another authority", async () => {
    const other = new Authority();
    other.remove();
    const sink = sinkOf(server, other.ca);
    expect(await sink.deliver(records(1), never)).toMatchObject({ kind: "unavailable" });
    await sink.close();
    expect(server.lines()).toEqual([]);
  });

  it("gets events by UDP", async () => {
    await server.remove();
    server = await new Rsyslog({ ...authority.issue("DNS:localhost"), ca: authority.ca }, "udp").start();
    const sink = sinkOf(server, authority.ca, { transport: "udp", host: "127.0.0.1", messageBytesMax: 2_048 });
    const given = records(20);
    expect(await sink.deliver(given, never)).toMatchObject({ outcomes: given.map(() => "delivered") });
    await expect.poll(() => server.ids).toEqual(ids(given));
    await sink.close();
  });
});
