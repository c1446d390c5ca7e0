// Guards the whole of the dynamic tests: every labelled flaw of the vulnerable sample is found where it can be reached, and nothing is
// found in its twin, nor in the orders behind the gate.
import { describe, expect, it } from "vitest";
import { ALL_FLAWS, type Label, LABELS, NO_FLAWS } from "../../../examples/vulnerable-orders/flaws.ts";
import { PROBES } from "../../../src/security-testing/dynamic/probes.ts";
import { RULES } from "../../../src/security-testing/registry.ts";
import { isBeside, nameOf, testedOrders, testedShop, unexpected } from "./samples-run.ts";

const RUN_MS_MAX = 90_000;
/** Tester and gate together; a third of that is usual. */
const CPU_MS_MAX = 45_000;

/** Labelled flaws as they show elsewhere, too: what one operation answers another does, and who takes no time takes no other. */
const SAME_AT_GATE = [
  "dynamic.error-verbose listProducts query name",
  "dynamic.property-undeclared-answered trackParcel answer /depot",
  "dynamic.write-only-answered updateMe answer /pin",
];
const SAME_BESIDE = [
  "dynamic.token-early-accepted * header Authorization",
  "dynamic.token-endless-accepted * header Authorization",
];

/** What vulnerable-surface.test.ts shows over https is not there without it. */
function labelled(reach: Label["reach"]): string[] {
  return LABELS.filter((label) => label.reach === reach && label.over === undefined).map(
    ({ rule, operation, parameter = "" }) => `${rule} ${operation} ${parameter}`.trim(),
  );
}

describe("the labels of the vulnerable sample", () => {
  it("name rules that there are", () => {
    expect([...new Set(LABELS.map(({ rule }) => rule))].filter((rule) => !RULES.has(rule))).toEqual([]);
  });

  it(
    "are all found, at the gate or beside it as they say, and nothing else, in time",
    async () => {
      const began = process.cpuUsage();
      const { findings, untested } = await testedShop(PROBES, ALL_FLAWS);
      const { user, system } = process.cpuUsage(began);
      const atGate = findings.filter((finding) => !isBeside(finding)).map(nameOf);
      const beside = findings.filter(isBeside).map(nameOf);
      expect(atGate.toSorted()).toEqual([...labelled("gate"), ...SAME_AT_GATE].toSorted());
      expect(new Set(beside)).toEqual(new Set([...labelled("upstream"), ...SAME_BESIDE]));
      expect(unexpected(untested)).toEqual([]);
      // How long it takes is up to what else runs here; how much there is to do is not.
      expect((user + system) / 1000).toBeLessThan(CPU_MS_MAX);
    },
    4 * RUN_MS_MAX,
  );
});

describe("nothing is found", () => {
  it(
    "in the hardened twin, at the gate and beside it",
    async () => {
      const { findings, untested } = await testedShop(PROBES, NO_FLAWS);
      expect(findings.map(nameOf)).toEqual([]);
      expect(unexpected(untested)).toEqual([]);
    },
    4 * RUN_MS_MAX,
  );

  it(
    "in the orders sample behind the gate",
    async () => {
      const { findings, untested } = await testedOrders(PROBES);
      expect(findings.map(nameOf)).toEqual([]);
      expect(unexpected(untested)).toEqual([]);
    },
    4 * RUN_MS_MAX,
  );
});
