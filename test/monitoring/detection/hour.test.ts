// An hour of the sample's honest traffic through its real gates, on a virtual clock: the rules that come along say nothing. With attacks in it they say these.
import { describe, expect, it } from "vitest";
import { shippedDetections } from "../../../src/configuration/resolve/detections.ts";
import { play } from "./actors.ts";
import { attacksOn, turnsOf } from "./attackers.ts";
import { honestTraffic } from "./honest-traffic.ts";
import { VirtualGate } from "./virtual-gate.ts";

const BEGAN_MS = Date.UTC(2026, 10, 26, 8);
const HOUR_MS = 3_600_000;
/** What honest people do too, so that it must be in their traffic. */
const MISTAKES = [
  "authentication.token-expired",
  "authentication.token-revoked",
  "authorization.permission-missing",
  "identity.sign-in-failed",
  "identity.sign-in-succeeded",
  "rate-limiting.limit-exceeded",
  "status 0",
  "status 404",
  "status 500",
  "transport.body-incomplete",
  "validation.operation-undeclared",
  "validation.request-invalid",
];
const isMany = (count: number) => count >= 15;

describe("an hour of honest traffic", () => {
  it("raises nothing", async () => {
    const gate = await VirtualGate.open(BEGAN_MS);
    await play(gate, honestTraffic(gate, BEGAN_MS, 1), BEGAN_MS + HOUR_MS);
    await gate.close();
    expect(gate.alerts.map(({ message }) => message)).toEqual([]);
    expect(gate.requests).toBeGreaterThan(40_000);
    expect(gate.faults).toBe(0);
    for (const what of MISTAKES) expect([what, gate.counts.get(what) ?? 0]).toEqual([what, expect.toSatisfy(isMany)]);
  });

  it("in which there is one attack for each rule raises that alert for each, and no other", async () => {
    const gate = await VirtualGate.open(BEGAN_MS);
    const attacks = attacksOn(gate);
    const turns = [...honestTraffic(gate, BEGAN_MS, 1), ...turnsOf(attacks, BEGAN_MS)];
    await play(gate, turns, BEGAN_MS + HOUR_MS);
    await gate.close();
    const told = gate.alerts.map(({ event, message }) => `${event.code}: ${/: (.*?) ?\(\d+\)$/u.exec(message)?.[1]}`);
    expect(told.toSorted()).toEqual(attacks.map(({ rule, whom }) => `detection.${rule}: ${whom}`).toSorted());
    const watched = (await shippedDetections()).map(({ rule }) => rule.name);
    expect(attacks.map(({ rule }) => rule).toSorted()).toEqual(watched.toSorted());
  });
});
