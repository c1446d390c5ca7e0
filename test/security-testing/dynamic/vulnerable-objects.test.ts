// Guards that the probes of objects, properties and state find what is labelled in the vulnerable sample, each flaw alone; samples-run.test.ts has all at once.
import { describe, expect, it } from "vitest";
import { LABELS, type Label } from "../../../examples/vulnerable-orders/flaws.ts";
import type { Probe } from "../../../src/security-testing/dynamic/probe.ts";
import { answerProperties } from "../../../src/security-testing/dynamic/probes/answer-properties.ts";
import { failedCreate } from "../../../src/security-testing/dynamic/probes/failed-create.ts";
import { flowRepeated } from "../../../src/security-testing/dynamic/probes/flow-repeated.ts";
import { objectChange, objectDelete } from "../../../src/security-testing/dynamic/probes/object-change.ts";
import { objectRead } from "../../../src/security-testing/dynamic/probes/object-read.ts";
import { properties } from "../../../src/security-testing/dynamic/probes/properties.ts";
import { useAfterDelete } from "../../../src/security-testing/dynamic/probes/use-after-delete.ts";
import { DYNAMIC_OBJECTS_RULES } from "../../../src/security-testing/rules/dynamic-objects.ts";
import { nameOf, testedShop } from "./samples-run.ts";

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

describe("the shop with one flaw", () => {
  it.each(OWN)("shows it: $id", async (label) => {
    const probes = PROBES.filter(({ rules }) => rules.includes(label.rule));
    const { findings } = await testedShop(probes, new Set([label.id]));
    expect(findings.map(nameOf)).toContain(named(label));
  });
});
