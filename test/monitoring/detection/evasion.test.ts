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
        asked({ atMs: i * 1_000, address: addressOf(i), reason: "authentication.token-expired", status: 401 }),
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
