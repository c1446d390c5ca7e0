// Guards the probes of inputs at the samples: what the labels expect of them is found where they say, and nothing where nothing is wrong.
import { describe, expect, it } from "vitest";
import { ALL_FLAWS, LABELS, NO_FLAWS } from "../../../examples/vulnerable-orders/flaws.ts";
import { PROBES } from "../../../src/security-testing/dynamic/probes.ts";
import { DYNAMIC_INPUTS_RULES } from "../../../src/security-testing/rules/dynamic-inputs.ts";
import { isBeside, nameOf, testedOrders, testedShop } from "./samples-run.ts";

const OWN = PROBES.filter(({ rules }) => rules.some((rule) => rule in DYNAMIC_INPUTS_RULES));
const EXPECTED = LABELS.filter(({ rule }) => rule in DYNAMIC_INPUTS_RULES);

function labelled(reach: string): string[] {
  return EXPECTED.filter((label) => label.reach === reach)
    .map(({ rule, operation, parameter = "" }) => `${rule} ${operation} ${parameter}`.trim())
    .sort();
}

describe("probes of inputs", { timeout: 180_000 }, () => {
  it("find each labelled flaw of the vulnerable shop, at the gate or beside it", async () => {
    const { findings } = await testedShop(OWN, ALL_FLAWS);
    const atGate = findings.filter((finding) => !isBeside(finding)).map(nameOf);
    const beside = findings.filter(isBeside).map(nameOf);
    expect(atGate).toEqual(expect.arrayContaining(labelled("gate")));
    expect(beside).toEqual(expect.arrayContaining(labelled("upstream")));
    expect(atGate.filter((name) => labelled("upstream").includes(name))).toEqual([]);
  });

  it("find nothing in its hardened twin", async () => {
    const { findings, untested } = await testedShop(OWN, NO_FLAWS);
    expect({ findings, untested }).toEqual({ findings: [], untested: [] });
  });

  it("find nothing at the orders behind their gate", async () => {
    const { findings, untested } = await testedOrders(OWN);
    expect({ findings, untested }).toEqual({ findings: [], untested: [] });
  });
});
