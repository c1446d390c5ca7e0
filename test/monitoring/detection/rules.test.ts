// Every rule that comes along: described, tested beside itself, and firing on real exchanges as on stored ones.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { runRuleTests } from "../../../src/configuration/detections/rule-test.ts";
import { SHIPPED_DETECTIONS, shippedDetections } from "../../../src/configuration/resolve/detections.ts";
import { Detector, storedObservation } from "../../../src/monitoring/index.ts";
import { readText, ROOT } from "../../repository/tree.ts";
import { type Asked, asked, watching } from "./watching.ts";

const rules = (await shippedDetections()).map(({ rule }) => rule);
const MINUTE_MS = 60_000;
const BEGAN_MS = Date.UTC(2026, 10, 26, 8);

const results = rules.flatMap((rule) => {
  const file = path.join(path.relative(ROOT, SHIPPED_DETECTIONS), `${rule.name}.test.yaml`);
  const found = runRuleTests(file, readText(file), rules);
  return typeof found === "string" ? [{ rule: rule.name, say: found, expected: 0, fired: -1 }] : found;
});

describe("the rules that come along", () => {
  it.each(results.map((one) => [one.rule, one.say, one] as const))("%s: %s", (_rule, _say, { expected, fired }) => {
    expect(fired).toBe(expected);
  });

  it.each(rules.map((rule) => [rule.name, rule] as const))("%s says what it is about", (_name, rule) => {
    expect(rule.description.length).toBeGreaterThan(60);
    expect(rule.falsePositives.length).toBeGreaterThan(0);
    expect(rule.techniques.length).toBeGreaterThan(0);
    expect(readText("docs/detections.md")).toContain(`| \`${rule.name}\` |`);
  });

  it("have ids of their own", () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  });

  it("pass `portcullis detect test`", () => {
    const told = spawnSync(process.execPath, ["bin/portcullis.js", "detect", "test"], { cwd: ROOT, encoding: "utf8" });
    expect(told.stdout).toMatch(/^\d+ passed, 0 failed\n$/u);
    expect(told.status).toBe(0);
  });
});

const every = (count: number, stepMs: number, one: (i: number) => Omit<Asked, "atMs">): Asked[] =>
  Array.from({ length: count }, (_, i) => ({ atMs: BEGAN_MS + i * stepMs, ...one(i) }));

/** What an attacker does, and the rule that must see it. */
const ATTACKS: Readonly<Record<string, readonly Asked[]>> = {
  "brute-force": every(12, 5_000, () => ({ reason: "authentication.signature-invalid" })),
  "token-replay": every(3, 30_000, (i) => ({ subject: "alice", token: "t", address: `198.51.${i}.9` })),
  "token-shared": every(4, 30_000, (i) => ({ subject: "alice", token: "t", agent: `tool/${i}` })),
  "revoked-token-used": every(5, 1_000, () => ({ reason: "authentication.token-revoked" })),
  scanning: every(10, 1_000, (i) => ({
    reason: "validation.operation-undeclared",
    operation: null,
    path: `/.git/${i}`,
  })),
  "object-enumeration": every(15, 1_000, (i) => ({ subject: "mallory", path: `/orders/${i}`, status: 404 })),
  "privilege-probing": every(4, 9_000, (i) => ({
    subject: "mallory",
    operation: `op${i}`,
    reason: "authorization.scope-insufficient",
  })),
  "schema-probing": every(20, 2_000, () => ({ reason: "validation.request-invalid" })),
  "slow-clients": every(20, 2_000, () => ({ reason: "transport.body-too-slow" })),
  "limits-ignored": every(200, 250, () => ({ reason: "rate-limiting.address-ceiling-exceeded" })),
  "server-errors": every(25, 1_000, () => ({ status: 500 })),
  "unusual-caller-rate": every(1_250, 20, (i) => ({ subject: "mallory", address: `192.0.2.${i % 100}` })),
};

describe("attacks on a gate", () => {
  it.each(Object.entries(ATTACKS))("%s is seen as it happens, and in the stored events", async (name, attack) => {
    const { recorder, alerts, sink } = await watching();
    for (const one of attack) recorder.exchange(asked(one));
    const live = alerts().map(({ event }) => event.code);
    expect(live).toContain(`detection.${name}`);
    const replayed: string[] = [];
    const detector = new Detector({ watched: await shippedDetections(), text: "replay" });
    detector.listen(({ rule }) => replayed.push(`detection.${rule.name}`));
    for (const line of sink.lines) {
      const event = storedObservation(JSON.parse(line) as Record<string, unknown>);
      expect(event).toBeDefined();
      expect(event === "unwatched").toBe(line.includes('"portcullis.detection"'));
      if (event !== undefined && event !== "unwatched") detector.observe(event);
    }
    expect(replayed).toEqual(live);
  });

  it("password-spraying and credential-stuffing are seen in what the authorization server says", async () => {
    const { recorder, alerts } = await watching();
    for (let i = 0; i < 31; i += 1) {
      const data = { address: `198.51.100.${i < 9 ? 7 : i}`, account: `hash-${i}` };
      recorder.system({ action: "identity.sign-in-failed", level: "warn", message: "a sign-in failed", data });
    }
    expect(alerts().map(({ event }) => event.code)).toEqual([
      "detection.password-spraying",
      "detection.credential-stuffing",
    ]);
    expect(alerts()[0]?.client).toEqual({ ip: "198.51.100.7" });
  });
});

it.each(["transport.body-incomplete", "transport.answer-not-taken"] as const)(
  "%s is a slow client's, and no probing",
  async (reason) => {
    const { recorder, alerts } = await watching();
    for (const one of every(60, 750, () => ({ reason }))) recorder.exchange(asked(one));
    expect(alerts().map(({ event }) => event.code)).toEqual(["detection.slow-clients"]);
  },
);

describe("rates", () => {
  it("are learned: what is usual for a machine is unusual for a person", async () => {
    const { recorder, alerts } = await watching();
    for (let minute = 0; minute < 30; minute += 1) {
      for (let i = 0; i < 600; i += 1) {
        const atMs = BEGAN_MS + minute * MINUTE_MS + i * 100;
        recorder.exchange(asked({ atMs, subject: "machine", operation: "a", address: `192.0.2.${i % 9}` }));
        if (i % 120 === 0) {
          recorder.exchange(asked({ atMs, subject: "person", operation: "b", address: "198.51.100.1" }));
        }
      }
    }
    expect(alerts()).toEqual([]);
    for (let i = 0; i < 600; i += 1) {
      const atMs = BEGAN_MS + 30 * MINUTE_MS + i * 100;
      recorder.exchange(asked({ atMs, subject: "person", operation: "b", address: `198.51.100.${i % 9}` }));
    }
    expect(alerts().map(({ event, user }) => [event.code, user?.id])).toContainEqual([
      "detection.unusual-caller-rate",
      "person",
    ]);
  });
});
