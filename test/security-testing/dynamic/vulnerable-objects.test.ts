// Guards that the probes of objects, properties and state find what is labelled in the vulnerable sample, each flaw alone and all at once, and nothing else.
import { describe, expect, it } from "vitest";
import { ALL_FLAWS, LABELS, type Label, NO_FLAWS } from "../../../examples/vulnerable-orders/flaws.ts";
import type { Probe } from "../../../src/security-testing/dynamic/probe.ts";
import { answerProperties } from "../../../src/security-testing/dynamic/probes/answer-properties.ts";
import { failedCreate } from "../../../src/security-testing/dynamic/probes/failed-create.ts";
import { flowRepeated } from "../../../src/security-testing/dynamic/probes/flow-repeated.ts";
import { objectChange, objectDelete } from "../../../src/security-testing/dynamic/probes/object-change.ts";
import { objectRead } from "../../../src/security-testing/dynamic/probes/object-read.ts";
import { properties } from "../../../src/security-testing/dynamic/probes/properties.ts";
import { useAfterDelete } from "../../../src/security-testing/dynamic/probes/use-after-delete.ts";
import { DYNAMIC_OBJECTS_RULES } from "../../../src/security-testing/rules/dynamic-objects.ts";
import { isBeside, nameOf, testedOrders, testedShop } from "./samples-run.ts";

const PROBES: readonly Probe[] = [
  answerProperties,
  objectRead,
  properties,
  failedCreate,
  flowRepeated,
  objectChange,
  objectDelete,
  useAfterDelete,
];
const OWN = LABELS.filter(({ rule }) => Object.hasOwn(DYNAMIC_OBJECTS_RULES, rule));

const named = ({ rule, operation, parameter = "" }: Label) => `${rule} ${operation} ${parameter}`;
const reaching = (wanted: Label["reach"]) => OWN.filter(({ reach }) => reach === wanted).map(named);

describe("the shop with all flaws", () => {
  it("shows what is labelled, where it is labelled", async () => {
    const { findings } = await testedShop(PROBES, ALL_FLAWS);
    const beside = findings.filter(isBeside).map(nameOf);
    const atGate = findings.filter((finding) => !isBeside(finding)).map(nameOf);
    expect(reaching("upstream").length).toBeGreaterThan(0);
    expect(atGate).toEqual(expect.arrayContaining(reaching("gate")));
    expect(beside).toEqual(expect.arrayContaining(reaching("upstream")));
    for (const name of reaching("upstream")) expect(atGate).not.toContain(name);
  }, 60_000);
});

describe("the shop with one flaw", () => {
  it.each(OWN)(
    "shows it: $id",
    async (label) => {
      const probes = PROBES.filter(({ rules }) => rules.includes(label.rule));
      const { findings } = await testedShop(probes, new Set([label.id]));
      expect(findings.map(nameOf)).toContain(named(label));
    },
    60_000,
  );
});

describe("what has none", () => {
  it("the hardened twin shows nothing, at the gate and beside it", async () => {
    const { findings } = await testedShop(PROBES, NO_FLAWS);
    expect(findings.map(nameOf)).toEqual([]);
  }, 60_000);

  it("the orders sample shows nothing behind its gate", async () => {
    const { findings } = await testedOrders(PROBES);
    expect(findings.map(nameOf)).toEqual([]);
  }, 60_000);
});
