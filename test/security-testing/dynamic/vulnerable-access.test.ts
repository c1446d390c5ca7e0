// Labels of the vulnerable sample about who gets what, each alone; samples-run.test.ts has all of them at once, the twin and the orders.
import { describe, expect, it, vi } from "vitest";
import { LABELS } from "../../../examples/vulnerable-orders/flaws.ts";
import { accountExistence } from "../../../src/security-testing/dynamic/probes/account-existence.ts";
import { authorizationMatrix } from "../../../src/security-testing/dynamic/probes/authorization-matrix.ts";
import { signOut } from "../../../src/security-testing/dynamic/probes/sign-out.ts";
import { tokens } from "../../../src/security-testing/dynamic/probes/tokens.ts";
import { DYNAMIC_ACCESS_RULES } from "../../../src/security-testing/rules/dynamic-access.ts";
import { isBeside, nameOf, testedShop } from "./samples-run.ts";

// Thousands of requests, at two layers.
vi.setConfig({ testTimeout: 120_000 });

const PROBES = [tokens, authorizationMatrix, accountExistence, signOut];
const OWN = LABELS.filter(({ rule }) => Object.hasOwn(DYNAMIC_ACCESS_RULES, rule));
const labelled = ({ rule, operation, parameter = "" }: (typeof LABELS)[number]) =>
  [rule, operation, parameter].join(" ").trim();

describe("the vulnerable sample", () => {
  // One of each probe, at either layer: what others hide or bring along.
  const ALONE = ["token-expired", "token-after-sign-out", "account-existence-told", "refund-without-scope"];
  const alone = OWN.filter(({ id }) => ALONE.includes(id));
  it.each(alone.map((label) => [label.id, label] as const))("shows %s where it is alone", async (id, label) => {
    const { findings } = await testedShop(PROBES, new Set([id]));
    expect(findings.map(nameOf)).toContain(labelled(label));
    expect(findings.every((one) => isBeside(one) === (label.reach === "upstream"))).toBe(true);
  });
});
