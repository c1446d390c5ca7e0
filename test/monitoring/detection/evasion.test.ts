// Attacks on what detections count by: addresses that one client has many of, and values so long that remembering them fills the memory.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { asked, watching } from "./watching.ts";

const MB = 1_000_000;
const ATTEMPTS = 12;

describe("one client with many addresses", () => {
  const guesses = async (addressOf: (i: number) => string) => {
    const { recorder, alerts } = await watching();
    for (let i = 0; i < ATTEMPTS; i += 1) {
      recorder.exchange(
        asked({ atMs: i * 1_000, address: addressOf(i), reason: "authentication.signature-invalid", status: 401 }),
      );
    }
    return alerts().map(({ event, client }) => [event.code, client?.ip]);
  };

  it("is one within a /64 of IPv6, which everybody is given; the alert names the last of its addresses", async () => {
    expect(await guesses((i) => `2001:db8::${i + 1}`)).toEqual([["detection.brute-force", "2001:db8::12"]]);
    expect(await guesses((i) => `2001:db8:0:0:${i + 1}::1`)).toEqual([["detection.brute-force", "2001:db8:0:0:12::1"]]);
  });

  it("is another in another /64, and with another address of IPv4", async () => {
    expect(await guesses((i) => `2001:db8:0:${i + 1}::1`)).toEqual([]);
    expect(await guesses((i) => `192.0.2.${i + 1}`)).toEqual([]);
  });
});

describe("long values", () => {
  /** As a path is a part of the target that came, so that keeping it keeps that, too. */
  const pathOf = (path: string) => `${path}?${"q".repeat(6_000)}`.split("?", 1)[0] as string;

  it.each<[string, (i: number) => string]>([
    ["long ones", (i) => pathOf(`/${`unknown${i}/`.repeat(200)}`)],
    ["short ones of a long target", (i) => pathOf(`/unknown/thing/${i}`)],
  ])("take no more memory than short ones do, and are told apart still: %s", async (_, longPath) => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const { detector, recorder, sink, alerts } = await watching();
    const scan = (address: string, paths: number) => {
      for (let i = 0; i < paths; i += 1) {
        const path = longPath(i);
        recorder.exchange(
          asked({
            atMs: 1_000,
            address,
            path,
            reason: "validation.operation-undeclared",
            status: 404,
            operation: null,
          }),
        );
      }
    };
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 500; i += 1) scan(`192.0.${i >> 8}.${i & 255}`, 9);
    expect(alerts()).toEqual([]);
    sink.lines.length = 0;
    collect();
    expect(detector.snapshot().groups["scanning"]).toBe(500);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(8 * MB);
    scan("198.51.100.1", 10);
    expect(alerts().map(({ event }) => event.code)).toEqual(["detection.scanning"]);
  });
});

describe("requests that take long", () => {
  const MINUTE_MS = 60_000;
  const codes = (alerts: readonly { readonly event: { readonly code: string } }[]) =>
    alerts.map(({ event }) => event.code);

  it("hide no rate: one that began long ago does not begin the count of a minute anew", async () => {
    const { recorder, alerts } = await watching();
    for (let i = 0; i < 300; i += 1) recorder.exchange(asked({ atMs: i * 6_000, subject: "mallory" }));
    for (let i = 0; i < 600; i += 1) {
      const atMs = 30 * MINUTE_MS + i * 90;
      const address = `192.0.2.${i % 200}`;
      recorder.exchange(
        asked({
          atMs,
          subject: "mallory",
          address,
          operation: `op${i % 9}`,
          tookMs: i % 50 === 0 ? 20 * MINUTE_MS : 10,
        }),
      );
    }
    expect(codes(alerts())).toEqual(["detection.unusual-caller-rate"]);
  });

  it("are no quiet time before them: who streams now and then is as busy as before", async () => {
    const { recorder, alerts } = await watching();
    for (let i = 0; i < 80 * 300; i += 1) {
      const tookMs = i % 1_500 === 1_400 ? 14 * MINUTE_MS : 10;
      recorder.exchange(asked({ atMs: i * 200, subject: "importer", operation: `op${i % 9}`, tookMs }));
    }
    expect(codes(alerts())).toEqual([]);
  });

  it("are counted when they end, not among those that were there when they began", async () => {
    const { recorder, alerts } = await watching();
    const guess = (atMs: number, tookMs: number) =>
      recorder.exchange(asked({ atMs, tookMs, reason: "authentication.signature-invalid" }));
    for (let i = 0; i < 11; i += 1) guess(i * 100_000, 10);
    guess(17 * MINUTE_MS, 16 * MINUTE_MS);
    expect(codes(alerts())).toEqual([]);
    for (let i = 0; i < 10; i += 1) guess(17 * MINUTE_MS + i, i * MINUTE_MS);
    expect(codes(alerts())).toEqual(["detection.brute-force"]);
  });
});

describe("a clock that was set back", () => {
  it("silences nobody until the time that it showed", async () => {
    const { recorder, alerts } = await watching();
    const guesses = (fromMs: number) => {
      for (let i = 0; i < 12; i += 1)
        recorder.exchange(asked({ atMs: fromMs + i * 100, reason: "authentication.signature-invalid" }));
    };
    guesses(86_400_000);
    guesses(0);
    expect(alerts()).toHaveLength(2);
  });

  it("counts nothing that the other time left behind", async () => {
    const { recorder, alerts } = await watching();
    const guess = (atMs: number) => recorder.exchange(asked({ atMs, reason: "authentication.signature-invalid" }));
    const scan = (atMs: number, path: string) =>
      recorder.exchange(asked({ atMs, path, reason: "validation.operation-undeclared", operation: null, status: 404 }));
    for (let i = 0; i < 11; i += 1) guess(86_400_000 + i);
    for (let i = 0; i < 9; i += 1) scan(86_400_000 + i, `/.git/${i}`);
    guess(0);
    scan(0, "/.env");
    expect(alerts()).toEqual([]);
  });
});
