// Guards that the probes of surface and limits find what is labelled in the vulnerable sample, each flaw alone, and over https; samples-run.test.ts has all at once.
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startShop } from "../../../examples/vulnerable-orders/api.ts";
import { ALL_FLAWS, type Flaws, LABELS, NO_FLAWS } from "../../../examples/vulnerable-orders/flaws.ts";
import { Budget } from "../../../src/security-testing/dynamic/client/budget.ts";
import { TargetClient } from "../../../src/security-testing/dynamic/client/client.ts";
import { PROBES } from "../../../src/security-testing/dynamic/probes.ts";
import { answerHeads } from "../../../src/security-testing/dynamic/probes/answer-heads.ts";
import { tls } from "../../../src/security-testing/dynamic/probes/tls.ts";
import { DYNAMIC_LIMITS_RULES } from "../../../src/security-testing/rules/dynamic-limits.ts";
import { DYNAMIC_SURFACE_RULES } from "../../../src/security-testing/rules/dynamic-surface.ts";
import { testCertificate } from "../../gateway/certificates.ts";
import { readText } from "../../repository/tree.ts";
import { isBeside, nameOf, testedShop, unexpected } from "./samples-run.ts";
import { probed, tiny } from "./tiny.ts";

/** A whole run on a machine that others use, too. */
const RUN_MS_MAX = 180_000;

const RULES = new Set([...Object.keys(DYNAMIC_SURFACE_RULES), ...Object.keys(DYNAMIC_LIMITS_RULES)]);
const OWN = PROBES.filter(({ rules }) => rules.every((rule) => RULES.has(rule)));
const LABELLED = LABELS.filter(({ rule, over }) => RULES.has(rule) && over === undefined);

const named = ({ rule, operation, parameter = "" }: (typeof LABELS)[number]) =>
  `${rule} ${operation} ${parameter}`.trim();

describe("the shop with one flaw", { timeout: RUN_MS_MAX }, () => {
  it.each(LABELLED)("shows it: $id", async (label) => {
    const probes = OWN.filter(({ rules }) => rules.includes(label.rule));
    const { findings, untested } = await testedShop(probes, new Set([label.id]));
    expect(unexpected(untested)).toEqual([]);
    expect(findings.map(nameOf)).toContain(named(label));
    // What is wrong may show at other operations, too, where no other flaw hides it.
    expect(findings.every(({ rule }) => rule === label.rule)).toBe(true);
    expect(findings.every((one) => isBeside(one) === (label.reach === "upstream"))).toBe(true);
  });
});

describe("the shop over https", () => {
  it("shows that HSTS is missing, and nothing of TLS", async () => {
    expect(await overHttps(ALL_FLAWS)).toEqual(["dynamic.hsts-missing * answer Strict-Transport-Security"]);
  });

  it("shows nothing in the hardened twin", async () => {
    expect(await overHttps(NO_FLAWS)).toEqual([]);
  });
});

/** What is said of its certificate's side, beside the gate. */
async function overHttps(flaws: Flaws): Promise<string[]> {
  const certificate = await testCertificate();
  const shop = await startShop({ flaws, certificate });
  onTestFinished(() => shop.close());
  const document = readText(path.join("examples", "vulnerable-orders", "openapi.yaml"));
  const context = await tiny({ document, api: {} });
  const { host: authority, port } = new URL(shop.url.replace("127.0.0.1", "localhost"));
  const target = { ...context.target, port: Number(port), isTls: true, authority, ca: certificate.ca };
  const budget = new Budget({ requests: 100, durationMs: 60_000, perSecond: undefined }, context.signal);
  const client = new TargetClient({ target, budget, retryAfter: "ours" });
  onTestFinished(() => client.close());
  const found = [
    ...(await probed(answerHeads, { ...context, target, client })).findings,
    ...(await probed(tls, { ...context, target, client })).findings,
  ];
  return found.filter(({ rule }) => rule !== "dynamic.version-told").map(nameOf);
}
