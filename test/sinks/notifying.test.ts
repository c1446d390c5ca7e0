// Alerts to people: a real conversation with a mail server, a chat's webhook, few messages whatever happens, and nothing that is no alert.
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { systemPorts } from "../../src/configuration/compose.ts";
import { systemClock } from "../../src/core/clock.ts";
import { isAlert } from "../../src/monitoring/index.ts";
import type { SpooledRecord } from "../../src/monitoring/index.ts";
import { digestOf } from "../../src/sinks/notifying/digest.ts";
import { mailDestination } from "../../src/sinks/notifying/mail-destination.ts";
import { slackDestination } from "../../src/sinks/notifying/slack-destination.ts";
import { folderWith } from "../configuration/folder.ts";
import { ask, keep, startUpstream } from "../gateway/harness.ts";
import { configurationOf, documentOf, startReloadable } from "../gateway/reloading.ts";
import { Mailbox } from "../identity/mailbox.ts";
import { HttpServer } from "./http-server.ts";
import { recordOf, records } from "./records.ts";

const never = new AbortController().signal;

/** Alerts as the recorder writes them, as far as anybody reads them here. */
function alerts(count: number, message = "Scanning from one address: client.address 192.0.2.1"): SpooledRecord[] {
  return Array.from({ length: count }, (_, i) =>
    recordOf(
      JSON.stringify({
        "@timestamp": "2026-11-26T10:00:00.000Z",
        message: `${message} (${i})`,
        service: { name: "Orders" },
        event: { kind: "alert", dataset: "portcullis.detection", id: `alert-${i}` },
        rule: { name: "scanning", description: "One address scans" },
        portcullis: { detection: { level: "high" } },
      }),
      `alert-${i}`,
    ),
  );
}

describe("what is an alert", () => {
  it("is what the dataset says, and nothing that a client wrote", () => {
    expect(alerts(1).every(isAlert)).toBe(true);
    const forged = records(1, (event) => {
      event["message"] = '"dataset":"portcullis.detection"';
      event["user_agent"] = { original: '{"event":{"dataset":"portcullis.detection"}}' };
    });
    expect(forged.some(isAlert)).toBe(false);
  });
});

describe("a digest", () => {
  it("has one line for each alert, thirty at most, and no line that somebody else made", () => {
    const { subject, lines } = digestOf(alerts(100, "a\r\nBcc: all@example.com\u2028b\u202Ec"));
    expect(subject).toBe("Orders: high: a Bcc: all@example.com b c (0) (and 99 more)");
    expect(lines).toHaveLength(31);
    expect(lines.at(-1)).toBe("and 70 more: they are in the record");
    expect(lines.join("")).not.toMatch(/[\r\n\u2028\u202e]/);
    expect(digestOf(alerts(1, "x".repeat(5_000))).subject.length).toBeLessThanOrEqual(150);
    expect(digestOf([recordOf("{")]).lines[0]).toContain("cannot be read");
  });
});

it("a digest has the gravest first, and in its subject: a flood of small ones hides none", () => {
  const of = (severity: number, level: string, list: readonly SpooledRecord[]): SpooledRecord[] =>
    list.map((record) => {
      const text = Buffer.from(record.json).toString().replace('"kind"', `"severity":${severity},"kind"`);
      return { ...record, json: Buffer.from(text.replace('"high"', `"${level}"`)) };
    });
  const small = of(47, "medium", alerts(100));
  const grave = of(73, "high", alerts(1, "A token in three networks"));
  const { subject, lines } = digestOf([...small, ...grave]);
  expect(subject).toBe("Orders: high: A token in three networks (0) (and 100 more)");
  expect(lines[0]).toBe("2026-11-26T10:00:00.000Z high: A token in three networks (0)");
  expect(lines.slice(1, 4).map((line) => line.replace(/.*\(/, "("))).toEqual(["(0)", "(1)", "(2)"]);
});

describe("mail", () => {
  let mailbox: Mailbox;
  beforeEach(async () => void (mailbox = await Mailbox.open()));
  afterEach(() => mailbox.close());
  const made = (clock = systemClock, url = mailbox.url) =>
    mailDestination(
      { url, from: "Portcullis <gate@example.com>", to: ["ops@example.com"], everyMs: 300_000 },
      { name: "mail", level: "warn", clock },
    );

  it("brings all that came together in one message, and wants nothing for a while", async () => {
    const time = { ms: 5_000 };
    const destination = made({ nowMs: () => 0, monotonicMs: () => time.ms });
    expect(destination.restMs?.()).toBe(0);
    const delivery = await destination.deliver(alerts(3), never);
    expect(delivery).toEqual({ kind: "answered", outcomes: ["delivered", "delivered", "delivered"] });
    const mail = await mailbox.take("ops@example.com");
    expect(mail).toMatch(/^Subject: \[Portcullis\] Orders: high: Scanning/m);
    expect(mail).toMatch(/^Auto-Submitted: auto-generated/m);
    expect(mail).toContain("client.address 192.0.2.1 (2)");
    expect(destination.restMs?.()).toBe(300_000);
    time.ms += 299_000;
    expect(destination.restMs?.()).toBe(1_000);
    time.ms += 1_000;
    expect(destination.restMs?.()).toBe(0);
    await destination.close();
  });

  it("that cannot be sent is offered again, and says why without the password", async () => {
    const gone = new URL(mailbox.url);
    mailbox.close();
    const destination = made(systemClock, `smtp://user:pass-word@${gone.host}`);
    const delivery = await destination.deliver(alerts(1), never);
    expect(delivery).toMatchObject({ kind: "unavailable", reason: expect.stringContaining(gone.host) });
    expect(JSON.stringify(delivery)).not.toContain("pass-word");
    expect(destination.restMs?.()).toBe(0);
    await destination.close();
  });
});

describe("a mail server", () => {
  /** Says what `answer` says to each command; to the end of a message what `judge` says of it. */
  async function serving(judge: (text: string) => string | undefined, rcpt = "250 ok") {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      let rest = "";
      let isData = false;
      socket.on("error", () => socket.destroy());
      socket.write("220 here\r\n");
      socket.on("data", (chunk) => {
        rest += chunk.toString();
        for (;;) {
          const end = rest.indexOf(isData ? "\r\n.\r\n" : "\r\n");
          if (end < 0) return;
          const text = rest.slice(0, end);
          rest = rest.slice(end + (isData ? 5 : 2));
          const said = isData ? judge(text) : /^DATA/i.test(text) ? "354 go on" : /^RCPT/i.test(text) ? rcpt : "250 ok";
          isData = !isData && said === "354 go on";
          if (said !== undefined) socket.write(`${said}\r\n`);
        }
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const url = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const options = { url, from: "gate@example.com", to: ["ops@example.com"], everyMs: 300_000 };
    return mailDestination(options, { name: "mail", level: "warn", clock: systemClock });
  }

  it.each([[[17]], [[0, 5, 9, 29]], [Array.from({ length: 30 }, (_, i) => i)]])(
    "whose filter refuses what the alerts %j of thirty say gets one message, of all of them, in words that nobody chose",
    async (poisonous) => {
      const taken: string[] = [];
      const refused: string[] = [];
      const destination = await serving((text) => {
        const isPoison = text.includes("poison");
        (isPoison ? refused : taken).push(text.replaceAll("=\r\n", ""));
        return isPoison ? "554 5.7.1 spam" : "250 ok";
      });
      const all = alerts(30).map((alert, i) =>
        poisonous.includes(i) ? (alerts(30, "poison")[i] as SpooledRecord) : alert,
      );
      const delivery = await destination.deliver(all, never);
      expect(delivery).toEqual({ kind: "answered", outcomes: all.map(() => "delivered") });
      expect([refused.length, taken.length]).toEqual([1, 1]);
      const [mail = ""] = taken;
      expect(mail).toMatch(/^Subject: \[Portcullis\] Orders: high: One address scans \(event\.id alert-0\)/m);
      expect(mail.match(/^2026\S+ high: One address scans \(event\.id alert-\d+\)\r$/gm)).toHaveLength(30);
      expect(mail).toMatch(/^What they say was refused \(127\.0\.0\.1:\d+: EMESSAGE 554\): it is in the record/m);
      expect(mail).not.toContain("192.0.2.1");
      expect(destination.restMs?.()).toBeGreaterThan(290_000);
      await destination.close();
    },
  );

  it.each([
    ["is busy", "450 later", "250 ok"],
    ["knows no such recipient", "250 ok", "550 no such user"],
    ["takes nothing, whatever it says", "552 mailbox full", "250 ok"],
  ])("that %s gets all of it again", async (_, data, rcpt) => {
    const destination = await serving(() => data, rcpt);
    expect(await destination.deliver(alerts(2), never)).toMatchObject({ kind: "unavailable" });
    await destination.close();
  });

  it("that never answers holds up no end", async () => {
    const destination = await serving(() => undefined);
    const ending = new AbortController();
    setTimeout(() => ending.abort(), 200);
    const delivery = await destination.deliver(alerts(2), ending.signal);
    expect(delivery).toEqual({ kind: "unavailable", reason: "it did not answer before the end" });
    await destination.close();
  });
});

describe("a chat", () => {
  const server = new HttpServer((_asked, response) => void response.writeHead(200).end("ok"));
  beforeEach(() => server.start());
  afterEach(() => server.stop());
  const made = () =>
    slackDestination(
      {
        url: `${server.url}/services/T0/B0/secret-path`,
        everyMs: 60_000,
        timeoutMs: 20_000,
        dangerouslyAllowHttp: false,
      },
      { name: "slack", level: "warn", clock: systemClock },
    );

  it("gets one message, in which nothing is a mention or a link", async () => {
    const destination = made();
    await destination.deliver(alerts(2, "<!channel> <https://evil.example|click> & more"), never);
    const { text } = JSON.parse(server.asked.at(-1)?.body.toString() ?? "") as { text: string };
    expect(text).toContain("&lt;!channel&gt; &lt;https://evil.example|click&gt; &amp; more");
    expect(text.split("\n")).toHaveLength(3);
    expect(destination.restMs?.()).toBeGreaterThan(50_000);
    await destination.close();
  });

  it("that refuses one for what it says gets one message, of all of them, in words that nobody chose", async () => {
    const taken: string[] = [];
    server.answer = ({ body }, response) => {
      const isPoison = body.toString().includes("poison");
      if (!isPoison) taken.push(body.toString());
      response.writeHead(isPoison ? 400 : 200).end();
    };
    const destination = made();
    const all = [...alerts(20), ...alerts(1, "poison"), ...alerts(9)];
    const delivery = await destination.deliver(all, never);
    expect(delivery).toEqual({ kind: "answered", outcomes: all.map(() => "delivered") });
    expect(taken).toHaveLength(1);
    const { text } = JSON.parse(taken[0] ?? "") as { text: string };
    expect(text.split("\n")).toHaveLength(32);
    expect(text).toMatch(
      /high: One address scans \(event\.id alert-8\)\nWhat they say was refused \(\S+: it answered 400\): it is in the record$/,
    );
    expect(text).not.toContain("192.0.2.1");
    expect(destination.restMs?.()).toBeGreaterThan(50_000);
    await destination.close();
  });

  it.each([400, 403, 404, 410, 500])("that answers %i is the owner's to mend: everything waits", async (status) => {
    server.answer = (_asked, response) => void response.writeHead(status).end();
    const destination = made();
    expect(await destination.deliver(alerts(2), never)).toMatchObject({ kind: "unavailable" });
    await destination.close();
  });

  it("that wants no more for now is asked again when it says, and no reason names the path", async () => {
    server.answer = (_asked, response) => void response.writeHead(429, { "retry-after": "7" }).end();
    const destination = made();
    const delivery = await destination.deliver(alerts(1), never);
    expect(delivery).toMatchObject({ kind: "unavailable", retryAfterMs: 7_000 });
    expect(JSON.stringify(delivery)).not.toContain("secret-path");
    await destination.close();
  });
});

describe("behind a gateway", () => {
  const server = new HttpServer((_asked, response) => void response.writeHead(200).end("ok"));
  let mailbox: Mailbox;
  beforeEach(async () => {
    await server.start();
    mailbox = await Mailbox.open();
  });
  afterEach(async () => {
    mailbox.close();
    await server.stop();
  });

  it("a scan is one mail, one message, one event of the webhook; all else is not meant for them, and counted so", async () => {
    const upstream = keep(await startUpstream((_request, response) => void response.end("{}")));
    const sinks = `[console, { mail: { smtp: { file: smtp }, from: gate@example.com, to: [ops@example.com] } },
      { slack: { url: { file: chat } } }, { webhook: { url: "${server.url}/hook", secret: { file: secret } }, only: alerts }]`;
    const folder = folderWith({
      "api.yaml": documentOf("a"),
      smtp: mailbox.url,
      chat: `${server.url}/chat`,
      secret: "a-secret-of-more-than-24-bytes",
      "portcullis.yaml": configurationOf(upstream.origin, `monitoring: { sinks: ${sinks} }\n`),
    });
    const { openDelivery, createDestination } = systemPorts(folder);
    const { gateway } = await startReloadable({}, { ports: { openDelivery, createDestination } }, folder);
    for (let i = 0; i < 40; i += 1) await ask(`${gateway.url}/.git/${i}`);
    const mail = await mailbox.take("ops@example.com");
    expect(mail).toContain("Subject: [Portcullis] Items: medium:");
    await expect
      .poll(() => server.asked.map(({ url }) => url).toSorted(), { timeout: 30_000 })
      .toEqual(["/chat", "/hook"]);
    const hook = server.asked.find(({ url }) => url === "/hook");
    const sent = JSON.parse(hook?.body.toString() ?? "") as { event: { code: string } }[];
    expect(sent.map(({ event }) => event.code)).toEqual(["detection.scanning"]);
    const figure = (text: string, name: string) =>
      ["mail", "slack", "webhook"].map((sink) =>
        Number(new RegExp(`^portcullis_sink_${name}_total\\{sink="${sink}"\\} (\\d+)$`, "mu").exec(text)?.[1]),
      );
    const text = async () => (await ask(`${gateway.adminUrl}/metrics`)).body;
    await expect.poll(async () => figure(await text(), "delivered"), { timeout: 30_000 }).toEqual([1, 1, 1]);
    expect(Math.min(...figure(await text(), "filtered"))).toBeGreaterThan(5);
  });
});
