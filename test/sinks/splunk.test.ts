// Splunk by HEC, against a strict stand-in written from Splunk's documentation.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HttpServer } from "./http-server.ts";
import { ids, records } from "./records.ts";
import type { SplunkStandIn } from "./splunk-stand-in.ts";
import { CHANNEL, never, SplunkBench, standInOf, TOKEN } from "./splunk-subject.ts";

describe("Splunk", () => {
  let bench: SplunkBench;
  let standIn: SplunkStandIn;
  let server: HttpServer;
  const destination: SplunkBench["destination"] = (options, urls) => bench.destination(options, urls);

  beforeEach(async () => {
    bench = await new SplunkBench().start();
    ({ standIn, server } = bench);
  });
  afterEach(() => bench.stop());

  it("gets each event as it was spooled, with its time, its kind and where it is from", async () => {
    const given = records(2);
    const delivery = await destination({ index: "security", host: 'gate "1"' }).deliver(given, never);
    expect(delivery).toEqual({ kind: "answered", outcomes: ["delivered", "delivered"] });
    expect(standIn.indexed).toEqual(
      given.map(({ json, timeMs }) => ({
        time: timeMs / 1_000,
        host: 'gate "1"',
        source: "portcullis",
        sourcetype: "portcullis:audit",
        index: "security",
        event: JSON.parse(Buffer.from(json).toString()) as unknown,
      })),
    );
    expect(server.asked[0]?.headers["content-encoding"]).toBe("gzip");
    expect(server.asked.map(({ url }) => url)).not.toContainEqual(expect.stringContaining("secret"));
  });

  it("leaves the index to the token, and packs nothing, where it is told so", async () => {
    await destination({ gzip: false }).deliver(records(1), never);
    expect(standIn.indexed[0]).not.toHaveProperty("index");
    expect(server.asked[0]?.headers["content-encoding"]).toBeUndefined();
  });

  describe("with acknowledgement", () => {
    it("counts nothing as delivered before it is indexed", async () => {
      standIn.indexesAtOnce = false;
      let settled = false;
      const pending = destination().deliver(records(2), never);
      void pending.then(() => (settled = true));
      await expect.poll(() => standIn.polls.length).toBeGreaterThan(1);
      expect([settled, standIn.ids]).toEqual([false, []]);
      standIn.index();
      expect(await pending).toEqual({ kind: "answered", outcomes: ["delivered", "delivered"] });
    });

    it("offers again what is not acknowledged in time, with the same ids", async () => {
      standIn.indexesAtOnce = false;
      const given = records(2);
      const sending = destination({ acknowledgementTimeoutMs: 300 });
      const late = await sending.deliver(given, never);
      expect(late).toMatchObject({ kind: "unavailable", reason: expect.stringContaining("in time") as string });
      standIn.indexesAtOnce = true;
      expect(await sending.deliver(given, never)).toMatchObject({ outcomes: ["delivered", "delivered"] });
      standIn.index();
      expect(standIn.ids).toHaveLength(4);
      expect(new Set(standIn.ids)).toEqual(new Set(ids(given)));
    });

    it("waits for several requests at once, each by its id", async () => {
      const big = records(6, (event) => Object.assign(event, { message: "m".repeat(400_000) }));
      const delivery = await destination().deliver(big, never);
      expect(delivery).toEqual({ kind: "answered", outcomes: big.map(() => "delivered") });
      expect(standIn.polls[0]).toEqual([0, 1, 2]);
      expect(standIn.ids).toEqual(ids(big));
    });

    it("tells what was indexed from what was not", async () => {
      standIn.indexesAtOnce = false;
      const big = records(3, (event) => Object.assign(event, { message: "m".repeat(800_000) }));
      const pending = destination({ acknowledgementTimeoutMs: 800 }).deliver(big, never);
      await expect.poll(() => standIn.channels.get(CHANNEL)?.size).toBe(3);
      standIn.index(1);
      expect(await pending).toMatchObject({ kind: "answered", outcomes: ["retry", "delivered", "retry"] });
    });

    it("sends again at once after a restart of the server, which knows of nothing any more", async () => {
      standIn.indexesAtOnce = false;
      const given = records(2);
      const sending = destination({ acknowledgementTimeoutMs: 60_000 });
      const pending = sending.deliver(given, never);
      await expect.poll(() => standIn.polls.length).toBeGreaterThan(0);
      await server.stop();
      expect(await pending).toMatchObject({ kind: "unavailable" });
      standIn.restart();
      standIn.indexesAtOnce = true;
      await server.start();
      expect(await sending.deliver(given, never)).toMatchObject({ outcomes: ["delivered", "delivered"] });
      expect(standIn.ids).toEqual(ids(given));
    });

    it("goes on asking where a question hangs or is put off", async () => {
      let asked = 0;
      server.answer = (request, response) => {
        if (request.url.startsWith("/services/collector/ack") && (asked += 1) < 3) {
          if (asked === 1) response.writeHead(503, { "retry-after": "0" }).end();
          return;
        }
        standIn.answer(request, response);
      };
      const delivery = await destination({ timeoutMs: 1_000 }).deliver(records(1), never);
      expect(delivery).toEqual({ kind: "answered", outcomes: ["delivered"] });
      expect(asked).toBeGreaterThanOrEqual(3);
    });

    it("stops waiting when we stop", async () => {
      standIn.indexesAtOnce = false;
      const stopping = new AbortController();
      const pending = destination().deliver(records(1), stopping.signal);
      await expect.poll(() => standIn.polls.length).toBeGreaterThan(0);
      stopping.abort();
      expect((await pending).kind).toBe("unavailable");
    });

    it("has one channel, the same for every request and after a restart of ours", async () => {
      await destination().deliver(records(1), never);
      await destination().deliver(records(1), never);
      expect([...standIn.channels.keys()]).toEqual([CHANNEL]);
    });
  });

  describe("without acknowledgement", () => {
    beforeEach(() => standIn.tokens.set(TOKEN, { acknowledges: false }));

    it("counts what was taken as delivered", async () => {
      for (const acknowledgement of ["auto", "off"] as const) {
        expect(await destination({ acknowledgement }).deliver(records(1), never)).toMatchObject({
          outcomes: ["delivered"],
        });
      }
      expect(standIn.polls).toEqual([]);
      expect(server.asked[1]?.headers).not.toHaveProperty("x-splunk-request-channel");
    });

    it("counts nothing where acknowledgement is required", async () => {
      const delivery = await destination({ acknowledgement: "required" }).deliver(records(1), never);
      expect(delivery).toMatchObject({
        kind: "unavailable",
        reason: expect.stringContaining("no indexer ack") as string,
      });
    });
  });

  describe("with several collectors", () => {
    it("goes to the next where one is away, and stays there", async () => {
      const other = standInOf(true);
      const second = await new HttpServer(other.answer).start();
      const away = await new HttpServer(other.answer).start();
      await away.stop();
      const sending = destination({}, [away.url, second.url]);
      for (let i = 0; i < 2; i += 1) {
        expect(await sending.deliver(records(1), never)).toMatchObject({ outcomes: ["delivered"] });
      }
      expect(other.ids).toHaveLength(2);
      // Asked only where the events went: another collector knows nothing of them.
      expect(second.asked.map(({ url }) => url.split("?")[0])).toEqual([
        "/services/collector/event",
        "/services/collector/ack",
        "/services/collector/event",
        "/services/collector/ack",
      ]);
      await second.stop();
    });

    it("says why where all are away", async () => {
      await server.stop();
      const delivery = await destination({}, [server.url, server.url]).deliver(records(1), never);
      expect(delivery).toMatchObject({
        kind: "unavailable",
        reason: expect.stringContaining("ECONNREFUSED") as string,
      });
      await server.start();
    });
  });
});
