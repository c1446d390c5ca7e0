// What an alert says and does not say, how often it is said, and what an owner can expect of whom.
import { describe, expect, it } from "vitest";
import { compileDetection, createRecorder, Detector } from "../../../src/monitoring/index.ts";
import { shippedDetections } from "../../../src/configuration/resolve/detections.ts";
import { strangers, wrongWords } from "../ecs.ts";
import { answeredExchange, clock } from "../exchanges.ts";
import { asked, watching } from "./watching.ts";

const AT_MS = Date.UTC(2026, 10, 26, 9);
const guess = (i: number, address = "192.0.2.1") =>
  asked({ atMs: AT_MS + i * 1_000, address, reason: "authentication.signature-invalid" });

describe("an alert", () => {
  it("conforms to ECS, names rule, technique, group and requests, and stands behind what it is about", async () => {
    const { recorder, alerts, sink } = await watching();
    const guesses = Array.from({ length: 12 }, (_, i) => guess(i));
    for (const one of guesses) recorder.exchange(one);
    const [alert] = alerts();
    expect(strangers(alert as object)).toEqual([]);
    expect(wrongWords((alert as unknown as { event: Parameters<typeof wrongWords>[0] }).event)).toEqual([]);
    expect(alert).toMatchObject({
      event: { kind: "alert", code: "detection.brute-force", severity: 47 },
      log: { level: "warn" },
      client: { ip: "192.0.2.1" },
      threat: { technique: { id: ["T1110"] } },
      portcullis: { detection: { mode: "enforce", measured: 12, requests: guesses.slice(-5).map(({ id }) => id) } },
    });
    expect(sink.lines.findIndex((line) => line.includes('"portcullis.detection"'))).toBe(12);
  });

  it("is said once for a group until it has cooled down, and for each group", async () => {
    const { recorder, alerts } = await watching();
    for (let i = 0; i < 200; i += 1) recorder.exchange(guess(i));
    for (let i = 0; i < 12; i += 1) recorder.exchange(guess(i, "192.0.2.2"));
    expect(alerts()).toHaveLength(2);
    for (let i = 700; i < 712; i += 1) recorder.exchange(guess(i));
    expect(alerts()).toHaveLength(3);
  });

  it("never has a token's id in it", async () => {
    const { recorder, alerts, sink } = await watching();
    for (let i = 0; i < 3; i += 1) {
      recorder.exchange(
        asked({ atMs: AT_MS + i, subject: "alice", token: "secret-jti-4711", address: `198.51.${i}.1` }),
      );
    }
    expect(alerts()).toHaveLength(1);
    expect(sink.lines.join("\n")).not.toContain("secret-jti-4711");
  });

  it("cannot be forged by a name: what a client chose is masked and made visible", async () => {
    const { recorder, alerts, sink } = await watching();
    const subject = 'eve"},"event":{"kind":"x\n\u001b[31m';
    for (let i = 0; i < 4; i += 1) {
      const reason = "authorization.scope-insufficient";
      recorder.exchange(asked({ atMs: AT_MS + i, subject, operation: `op${i}`, reason }));
    }
    expect(alerts().map(({ event }) => event.kind)).toEqual(["alert"]);
    expect(sink.lines.every((line) => !/[\n\u001b]/u.test(line))).toBe(true);
  });
});

describe("an owner", () => {
  it("can have a rule in monitor: it is recorded and wakes nobody", async () => {
    const { recorder, alerts } = await watching((one) => ({ ...one, mode: "monitor" }));
    for (let i = 0; i < 12; i += 1) recorder.exchange(guess(i));
    expect(alerts()[0]).toMatchObject({ log: { level: "info" }, portcullis: { detection: { mode: "monitor" } } });
  });

  it("can expect something of somebody, until a day", async () => {
    const compiled = compileDetection({ when: { "client.address|cidr": "192.0.2.0/24" }, condition: "when" }, () => {
      throw new Error("it is sound");
    });
    const matches = (compiled as NonNullable<typeof compiled>).matches;
    const allowing = (untilMs: number) => watching((one) => ({ ...one, allowances: [{ matches, untilMs }] }));
    const during = await allowing(AT_MS + 1e9);
    for (let i = 0; i < 12; i += 1) during.recorder.exchange(guess(i));
    for (let i = 0; i < 12; i += 1) during.recorder.exchange(guess(i, "198.51.100.1"));
    expect(during.alerts().map(({ client }) => client?.ip)).toEqual(["198.51.100.1"]);
    const after = await allowing(AT_MS - 1);
    for (let i = 0; i < 12; i += 1) after.recorder.exchange(guess(i));
    expect(after.alerts()).toHaveLength(1);
  });
});

describe("a flood of groups", () => {
  it("is remembered in bounded memory", async () => {
    const { recorder, detector } = await watching();
    for (let i = 0; i < 60_000; i += 1) {
      recorder.exchange(guess(0, `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`));
    }
    for (const groups of Object.values(detector.snapshot().groups)) expect(groups).toBeLessThanOrEqual(10_000);
    expect(detector.snapshot().faults).toBe(0);
  });

  it("costs a few microseconds an event, whoever it is of", async () => {
    const watched = await shippedDetections();
    const perEvent = (detector: Detector | undefined): number => {
      const sink = { name: "none", write: () => true, flush: async () => {}, close: async () => {} };
      const recorder = createRecorder({ sinks: [sink], clock, detector });
      const exchanges = Array.from({ length: 500 }, (_, i) =>
        asked({
          atMs: AT_MS + i,
          subject: `s${i % 50}`,
          operation: `op${i % 20}`,
          address: `192.0.2.${i % 50}`,
          path: `/orders/${i}`,
        }),
      );
      const run = () => {
        const { user } = process.cpuUsage();
        for (let round = 0; round < 40; round += 1) for (const one of exchanges) recorder.exchange(one);
        return (process.cpuUsage().user - user) / 20_000;
      };
      run();
      return Math.min(run(), run(), run(), run(), run());
    };
    const without = perEvent(undefined);
    const cost = perEvent(new Detector({ watched, text: "x" })) - without;
    // Measured at about 2 µs; the bound is the promise.
    expect(cost).toBeLessThan(5);
    expect(answeredExchange().answerStatus).toBe(200);
  });
});
