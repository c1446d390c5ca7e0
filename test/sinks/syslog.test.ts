// Syslog over TLS and TCP: the messages of RFC 5424, and that nothing counts as delivered that the server did not read.
import type { Socket } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/core/clock.ts";
import type { Delivery, Destination } from "../../src/monitoring/index.ts";
import { syslogDestination, type SyslogOptions } from "../../src/sinks/syslog/syslog-destination.ts";
import { Authority } from "./certificates.ts";
import { ids, recordOf, records } from "./records.ts";
import { SyslogStandIn } from "./syslog-stand-in.ts";

const never = new AbortController().signal;
const PORTS = { name: "syslog", level: "info", clock: systemClock } as const;
const HEADER = { facility: "audit", hostname: "gate-1", appName: "portcullis", enterpriseNumber: 32_473 } as const;

let authority: Authority;
let server: SyslogStandIn;
const open: Destination[] = [];

function destination(options: Partial<SyslogOptions> = {}): Destination {
  const where = { transport: "tls", host: "localhost", port: server.port, dangerouslyUnencrypted: false } as const;
  const bounds = { messageBytesMax: 8_192, timeoutMs: 5_000 };
  const made = syslogDestination({ ...HEADER, ...where, ...bounds, ca: authority.ca, ...options }, PORTS);
  open.push(made);
  return made;
}

function isUnavailable(delivery: Delivery, why: RegExp): void {
  expect(delivery).toEqual({ kind: "unavailable", reason: expect.stringMatching(why) as string });
  expect(delivery).toMatchObject({ reason: expect.stringContaining(`://localhost:${server.port}: `) as string });
}

const names = "DNS:localhost,IP:127.0.0.1";
beforeAll(() => void (authority = new Authority()));
afterAll(() => authority.remove());
beforeEach(async () => void (server = await new SyslogStandIn(authority.issue(names)).start()));
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  await server.stop();
});

describe("a message", () => {
  it("has facility and severity, time, origin, action, the event's id, and the event", async () => {
    const given = records(3, (event, i) => {
      Object.assign(event, { log: { level: ["info", "warn", "error"][i] } });
    });
    expect(await destination().deliver(given, never)).toEqual({
      kind: "answered",
      outcomes: ["delivered", "delivered", "delivered"],
    });
    expect(server.messages.map(({ priority }) => priority)).toEqual([13 * 8 + 6, 13 * 8 + 4, 13 * 8 + 3]);
    expect(server.messages[1]).toEqual({
      priority: 108,
      timestamp: new Date(given[1]?.timeMs ?? 0).toISOString(),
      hostname: "gate-1",
      appName: "portcullis",
      procid: "-",
      msgid: "api_access",
      data: '[origin software="portcullis"][portcullis@32473 id="spooled-2" position="2"][meta sequenceId="2"]',
      text: Buffer.from(given[1]?.json ?? []).toString(),
    });
  });

  it("is sound whatever the event holds", async () => {
    const odd = [
      recordOf("no JSON at all", 'a"b\\c]d'),
      recordOf('{"event":{"action":"Ünicode with spaces and a very long tail indeed"}}'),
      recordOf('{"event":{"action":" "},"log":{"level":"loud"}}'),
      { ...recordOf('{"a":"\\u0000 € 😀"}'), position: 2_147_483_649 },
    ];
    expect(await destination().deliver(odd, never)).toMatchObject({ outcomes: odd.map(() => "delivered") });
    expect(server.messages.map(({ msgid }) => msgid)).toEqual(["-", "nicodewithspacesandaverylongtail", "-", "-"]);
    expect(server.messages[0]?.data).toContain(String.raw`id="a\"b\\c\]d"`);
    expect(server.messages[2]?.priority).toBe(13 * 8 + 5);
    expect(server.messages[3]?.data).toContain('position="2147483649"][meta sequenceId="2"]');
    expect(server.messages[3]?.text).toBe('{"a":"\\u0000 € 😀"}');
  });

  it("that is too long is shortened, to the byte", async () => {
    const given = records(1, (event) =>
      Object.assign(event["portcullis"] as object, { guards: [{ name: "a.guard".repeat(9) }] }),
    );
    await destination().deliver(given, never);
    const [first] = server.messages;
    const length = Buffer.byteLength(
      `<${first?.priority}>1 ${first?.timestamp} gate-1 portcullis - ${first?.msgid} ${first?.data} ${first?.text}`,
    );
    for (const messageBytesMax of [length, length - 1]) {
      // oxlint-disable-next-line no-await-in-loop -- one arrives after the other
      await destination({ messageBytesMax }).deliver(given, never);
    }
    const whole = JSON.parse(first?.text ?? "") as { portcullis: { guards: unknown } };
    const { guards: _, ...rest } = whole.portcullis;
    const short = { ...whole, portcullis: { ...rest, left_out: ["portcullis.guards"] } };
    expect(server.messages.slice(1).map(({ text }) => JSON.parse(text) as object)).toEqual([whole, short]);
  });

  it("that stays too long is set aside alone", async () => {
    const given = records(3, (event, i) => i === 1 && Object.assign(event, { labels: { long: "x".repeat(9_000) } }));
    const delivery = await destination().deliver([...given, recordOf("x".repeat(9_000))], never);
    const dead = { dead: expect.stringMatching(/^its message has \d{4,5} bytes, more than 8192$/) as string };
    expect(delivery).toMatchObject({ outcomes: ["delivered", dead, "delivered", dead] });
    expect(server.ids).toEqual(["spooled-1", "spooled-3"]);
  });
});

describe("a batch", () => {
  it("is delivered once the server closed after it, over a connection that stood ready", async () => {
    const sending = destination();
    for (let i = 0; i < 3; i += 1) {
      expect(await sending.deliver(records(2), never)).toMatchObject({ outcomes: ["delivered", "delivered"] });
    }
    expect(server.messages).toHaveLength(6);
    // One each, and the one that stands ready.
    await expect.poll(() => server.connections).toBe(4);
  });

  it("of a megabyte arrives whole", async () => {
    const many = records(600, (event) => Object.assign(event, { message: "m".repeat(800) }));
    expect(await destination().deliver(many, never)).toEqual({
      kind: "answered",
      outcomes: many.map(() => "delivered"),
    });
    expect(server.ids).toEqual(ids(many));
  });

  const closing: readonly [string, (socket: Socket) => void, RegExp][] = [
    ["resets at once", (socket) => server.reset(socket), /ECONNRESET|EPIPE|own accord|cannot be reached/],
    [
      "resets after it read a part",
      (socket) => void socket.once("data", () => server.reset(socket)),
      /ECONNRESET|EPIPE/,
    ],
    ["closes at once", (socket) => void socket.end(), /own accord|ECONNRESET|EPIPE/],
    ["never reads", (socket) => void socket.pause(), /in time/],
    ["reads and never closes", (socket) => void Object.assign(socket, { allowHalfOpen: true }).resume(), /in time/],
  ];
  it.each(closing)("is not where the server %s", async (_, misbehave, why) => {
    const usual = server.onConnection;
    server.onConnection = misbehave;
    const sending = destination({ timeoutMs: why.source === "in time" ? 400 : 10_000 });
    const given = records(500);
    isUnavailable(await sending.deliver(given, never), why);
    server.onConnection = usual;
    // The connection that stood ready may have been met by the misbehaviour too.
    await expect.poll(async () => (await sending.deliver(given, never)).kind).toBe("answered");
    expect(new Set(server.ids)).toEqual(new Set(ids(given)));
  });

  it("is not where the server goes down right after it closed: it may have closed because of that", async () => {
    let last: Promise<void> | undefined;
    server.onConnection = (socket) => {
      socket.on("end", () => void (last = server.stop()));
      server.read(socket);
    };
    isUnavailable(await destination().deliver(records(2), never), /takes no other/);
    await last;
  });

  it("goes over a new connection where the ready one has died meanwhile", async () => {
    const sending = destination();
    await sending.deliver(records(1), never);
    await server.stop();
    await server.start();
    await expect.poll(async () => (await sending.deliver(records(1), never)).kind).toBe("answered");
  });

  it("waits for nobody when we stop", async () => {
    const arrived = Promise.withResolvers<void>();
    server.onConnection = (socket) =>
      void Object.assign(socket, { allowHalfOpen: true }).once("data", () => arrived.resolve());
    const stopping = new AbortController();
    const pending = destination().deliver(records(1), stopping.signal);
    await arrived.promise;
    stopping.abort();
    isUnavailable(await pending, /closing/);
  });
});

describe("where it goes", () => {
  it("is no server that is not there", async () => {
    await server.stop();
    isUnavailable(await destination().deliver(records(1), never), /ECONNREFUSED/);
  });

  it.each([
    ["another name", "DNS:elsewhere.example", undefined, /CERT_ALTNAME/],
    ["another authority's certificate", names, "other", /VERIFY|SIGN|CERT/],
  ] as const)("is no server with %s", async (_, named, ca, why) => {
    await server.stop();
    server = await new SyslogStandIn(authority.issue(named)).start();
    const other = new Authority();
    other.remove();
    isUnavailable(await destination(ca === undefined ? {} : { ca: other.ca }).deliver(records(1), never), why);
    expect(server.messages).toEqual([]);
  });

  it("is a server that asks who we are, where we have a certificate of its authority", async () => {
    await server.stop();
    const strict = { ...authority.issue(names), ca: authority.ca, requestCert: true, rejectUnauthorized: true };
    server = await new SyslogStandIn(strict).start();
    const { cert: certificate, key } = authority.issue("DNS:gate-1");
    expect(await destination({ certificate, key }).deliver(records(1), never)).toMatchObject({
      outcomes: ["delivered"],
    });
    isUnavailable(await destination({ timeoutMs: 1_000 }).deliver(records(1), never), /.{10}/);
    expect(server.messages).toHaveLength(1);
  });

  it("is this machine only where nothing is encrypted", async () => {
    await server.stop();
    server = await new SyslogStandIn().start();
    expect(await destination({ transport: "tcp" }).deliver(records(1), never)).toMatchObject({
      outcomes: ["delivered"],
    });
    const far = destination({ transport: "tcp", host: "192.0.2.1" });
    expect(await far.deliver(records(1), never)).toMatchObject({
      kind: "unavailable",
      reason: expect.stringContaining("not asked") as string,
    });
    const lan = destination({ transport: "tcp", host: "10.255.255.1" });
    const refused = { reason: expect.stringContaining("this machine only") as string };
    expect(await lan.deliver(records(1), never)).toMatchObject(refused);
    expect(await destination({ transport: "udp", host: "10.255.255.1" }).deliver(records(1), never)).toMatchObject(
      refused,
    );
  });
});
