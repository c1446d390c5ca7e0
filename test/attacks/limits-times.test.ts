// Attacks on when and how many at once: parallel requests over both protocols, window edges, crowds of keys, clocks that jump.
import { connect, constants } from "node:http2";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Client, http1Client, http2Client } from "../conformance/asking.ts";
import { developmentCertificate } from "../../src/transport/development-ca.ts";
import { askAll, bearer, get, openNaive, openShop, tally, times, token } from "./limits.ts";

const FEW = ["rate-limiting.few"];
const fixed = (request: { socket: { remoteAddress?: string | undefined } }) => String(request.socket.remoteAddress);

describe("L05 500 requests at once", () => {
  const LIMIT = 50;
  const limits = `limits: [{ name: few, limit: ${LIMIT}, window: 1h }]`;

  async function certificate() {
    const folder = mkdtempSync(path.join(tmpdir(), "portcullis-limits-tls-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { material, authorityFile } = await developmentCertificate({ folder, nowMs: Date.now() });
    const files = { certificate: path.join(folder, "crt"), key: path.join(folder, "key") };
    writeFileSync(files.certificate, material.cert, { mode: 0o600 });
    writeFileSync(files.key, material.key, { mode: 0o600 });
    return { ...files, ca: authorityFile };
  }

  const closing = <T extends { close(): void }>(client: T): T => {
    onTestFinished(() => client.close());
    return client;
  };

  it("L05 pass a limiter that reads, waits for its store and writes", async () => {
    const naive = await openNaive({ limit: LIMIT, keyOf: fixed, slowStore: true });
    await Promise.all(times(500, () => naive.ask(get("/"))));
    expect(naive.passed()).toBeGreaterThan(LIMIT);
  });

  it.each([
    ["over HTTP/1.1 and HTTP/2 together", 4, 4],
    ["over one HTTP/2 connection", 0, 1],
    ["over many HTTP/2 connections", 0, 8],
    ["over HTTP/1.1 alone", 8, 0],
  ])("L05 %s: exactly the limit passes", async (_what, http1, http2) => {
    const tls = await certificate();
    const [shop, open] = [await openShop({ limits, tls }), await openShop({ limits, tls, off: FEW })];
    const asking = get("/orders", bearer(await token("ann")));
    const through = (url: string): Promise<string> => {
      const clients: Client[] = [
        ...times(http1, () => closing(http1Client(url, tls.ca))),
        ...times(http2, () => closing(http2Client(url, tls.ca))),
      ];
      const answers = times(500, (i) => (clients[i % clients.length] as Client).ask(asking));
      return Promise.all(answers).then((all) => tally(all.toSorted((a, b) => a.status - b.status)));
    };
    expect(await through(shop.url)).toBe(`200×${LIMIT} 429×${500 - LIMIT}`);
    expect(shop.reached()).toBe(LIMIT);
    expect(await through(open.url)).toBe("200×500");
  });

  it("L05 tokens that are verified for the first time, all at once", async () => {
    const shop = await openShop({ limits });
    const askings = await Promise.all(times(200, async () => get("/orders", bearer(await token("ann")))));
    const answers = await Promise.all(askings.map((asking) => shop.ask(asking)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(LIMIT);
    expect(shop.reached()).toBe(LIMIT);
  });

  it("L05 streams that are reset at once reach the API no more often than the limit", async () => {
    const tls = await certificate();
    const shop = await openShop({ limits, tls });
    const session = connect(shop.url, { ca: readFileSync(tls.ca), servername: "localhost" });
    session.on("error", () => undefined);
    const fields = { ":path": "/orders", ...bearer(await token("ann")) };
    for (let i = 0; i < 100; i += 1) {
      const stream = session.request(fields);
      stream.on("error", () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
    }
    await new Promise((resolve) => {
      session.once("close", resolve);
      session.close();
    });
    const asking = get("/orders", bearer(await token("ann")));
    const answers = await askAll(
      shop.ask,
      times(LIMIT + 1, () => asking),
    );
    expect(answers.at(-1)?.status).toBe(429);
    expect(shop.reached()).toBeLessThanOrEqual(LIMIT);
  });
});

describe("L06 a double burst at a window's edge", () => {
  const LIMIT = 5;
  const WINDOW_MS = 60_000;

  it.each([1, 100, 29_999, 30_000, 45_000, 59_000, 59_999])(
    "L06 a window's budget %d ms before the edge and as much behind it",
    async (beforeEdgeMs) => {
      let nowMs = 10 * WINDOW_MS - beforeEdgeMs;
      const naive = await openNaive({ limit: LIMIT, keyOf: fixed, nowMs: () => nowMs, windowMs: WINDOW_MS });
      const counter = { clock: { nowMs: () => nowMs, monotonicMs: () => nowMs } };
      const limits = `limits: [{ name: few, limit: ${LIMIT}, window: 1m, key: address }]`;
      const [shop, open] = [await openShop({ limits, counter }), await openShop({ limits, counter, off: FEW })];
      const burst = times(LIMIT, () => get("/products"));
      const asks = [naive.ask, shop.ask, open.ask];
      const first = await Promise.all(asks.map((ask) => askAll(ask, burst)));
      expect(first.map(tally)).toEqual(["200×5", "200×5", "200×5"]);
      nowMs += beforeEdgeMs;
      const second = await Promise.all(asks.map((ask) => askAll(ask, burst)));
      expect(second.map(tally)).toEqual(["200×5", "429×5", "200×5"]);
      nowMs += WINDOW_MS - beforeEdgeMs - 1;
      expect(tally(await askAll(shop.ask, burst))).toBe("429×5");
      nowMs += 1;
      expect(tally(await askAll(shop.ask, burst))).toBe("200×5");
    },
  );

  it("L06 Retry-After is exact: that long passes, a second less does not", async () => {
    let nowMs = 0;
    const counter = { clock: { nowMs: () => nowMs, monotonicMs: () => nowMs } };
    const shop = await openShop({ limits: "limits: [{ name: few, limit: 3, window: 10m, key: address }]", counter });
    for (const waitMs of [0, 1_234.5, 98_765.4]) {
      nowMs += waitMs;
      expect((await shop.ask(get("/products"))).status).toBe(200);
    }
    nowMs += 33_333.3;
    const refused = await shop.ask(get("/products"));
    const seconds = Number(refused.headers["retry-after"]);
    expect([refused.status, seconds]).toEqual([429, Math.ceil((600_000 - nowMs) / 1000)]);
    expect(refused.headers["ratelimit"]).toBe(`"few";r=0;t=${seconds}`);
    nowMs += (seconds - 1) * 1_000;
    expect((await shop.ask(get("/products"))).status).toBe(429);
    nowMs += 1_000;
    expect((await shop.ask(get("/products"))).status).toBe(200);
  });
});

describe("L07 a crowd of keys", () => {
  const LIMIT = 5;
  const KEYS_MAX = 100;
  const limits = `limits: [{ name: few, limit: ${LIMIT}, window: 1h, key: address }]`;
  const from = (address: string) => get("/products", { "X-Forwarded-For": address });
  const mine = times(LIMIT, () => from("203.0.113.7"));
  const crowd = times(1_000, (i) => from(`10.0.${i >> 8}.${i & 255}`));
  const together = (ask: Client["ask"], askings: readonly ReturnType<typeof get>[]) =>
    Promise.all(askings.map((asking) => ask(asking)));

  it("L07 does not let free who is over the limit", async () => {
    const keyOf = (request: { headers: NodeJS.Dict<string | string[]> }) => String(request.headers["x-forwarded-for"]);
    const naive = await openNaive({ limit: LIMIT, keyOf, keysMax: KEYS_MAX });
    const shop = await openShop({ limits, proxied: true, counter: { keysMax: KEYS_MAX } });
    const seen: string[][] = [];
    for (const ask of [naive.ask, shop.ask]) {
      const before = tally([...(await askAll(ask, mine)), ...(await askAll(ask, mine))]);
      await together(ask, crowd);
      seen.push([before, tally(await askAll(ask, mine))]);
    }
    expect(seen).toEqual([
      ["200×5 429×5", "200×5"],
      ["200×5 429×5", "429×5"],
    ]);
  });

  it("L07 gives who came before it all that is left of his budget", async () => {
    const shop = await openShop({ limits, proxied: true, counter: { keysMax: KEYS_MAX } });
    await askAll(shop.ask, mine.slice(0, 2));
    await together(shop.ask, crowd);
    expect(tally(await askAll(shop.ask, mine))).toBe("200×3 429×2");
  });

  it("L07 passes no more of one network than one budget, once it is full", async () => {
    const shop = await openShop({ limits, proxied: true, counter: { keysMax: KEYS_MAX } });
    await together(shop.ask, crowd);
    const before = shop.reached();
    await together(
      shop.ask,
      times(500, (i) => from(`172.16.${i >> 8}.${i & 255}`)),
    );
    expect(shop.reached() - before).toBe(LIMIT);
  });

  it("L07 of addresses does not touch those who are known", async () => {
    const list = `limits: [{ name: few, limit: ${LIMIT}, window: 1h }]`;
    const shop = await openShop({ limits: list, proxied: true, counter: { keysMax: KEYS_MAX } });
    await together(shop.ask, crowd);
    const users = await Promise.all(times(20, async (i) => get("/orders", bearer(await token(`user-${i}`)))));
    expect(tally(await askAll(shop.ask, users))).toBe("200×20");
  });
});

describe("L10 a clock that jumps", () => {
  const LIMIT = 5;
  const limits = `limits: [{ name: few, limit: ${LIMIT}, window: 1h, key: address }]`;
  const burst = times(LIMIT, () => get("/products"));

  it.each([
    ["a day forward", 86_400_000],
    ["a day back", -86_400_000],
    ["to the year 2100", 2_336_000_000_000],
    ["to 1970", -1_790_000_000_000],
  ])("L10 on the wall, %s", async (_what, jumpMs) => {
    let wallMs = 1_795_000_000_000;
    const naive = await openNaive({ limit: LIMIT, keyOf: fixed, nowMs: () => wallMs });
    const counter = { clock: { nowMs: () => wallMs, monotonicMs: () => performance.now() } };
    const shop = await openShop({ limits, counter });
    expect(tally(await askAll(naive.ask, burst))).toBe("200×5");
    expect(tally(await askAll(shop.ask, burst))).toBe("200×5");
    wallMs += jumpMs;
    expect(tally(await askAll(naive.ask, burst))).toBe("200×5");
    expect(tally(await askAll(shop.ask, burst))).toBe("429×5");
  });

  it.each([-1, -1_000, -7_200_000])("L10 of the gateway itself, by %d ms", async (jumpMs) => {
    let nowMs = 10_000_000;
    const counter = { clock: { nowMs: () => 0, monotonicMs: () => nowMs } };
    const shop = await openShop({ limits, counter });
    expect(tally(await askAll(shop.ask, burst))).toBe("200×5");
    nowMs += jumpMs;
    const refused = await shop.ask(get("/products"));
    expect([refused.status, refused.headers["retry-after"]]).toEqual([429, "3600"]);
    nowMs = 10_000_000 + 3_600_000;
    expect(tally(await askAll(shop.ask, burst))).toBe("200×5");
  });
});
