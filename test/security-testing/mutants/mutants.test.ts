// `portcullis test` can fail: a policy that is broken in one way of each kind is noticed. All ways are tried by `node test/security-testing/mutants/run.ts`.
import { describe, expect, it, onTestFinished } from "vitest";
import { mutantsOf } from "./all.ts";
import { EQUIVALENT } from "./equivalent.ts";
import { noticed } from "./killing.ts";
import { type Sample, startSample } from "./sample.ts";

const PATIENCE_MS = 300_000;

async function sample(): Promise<Sample> {
  const started = await startSample();
  onTestFinished(() => started.close());
  return started;
}

it("says nothing of the policy as it is, and leaves nothing untested", { timeout: PATIENCE_MS }, async () => {
  const { finding, untested } = await noticed(await sample());
  expect(finding).toBeUndefined();
  expect(untested.filter(({ isExpected }) => !isExpected)).toEqual([]);
});

describe("notices", () => {
  it.each([
    ["document: cancelOrder asks for no credentials", "dynamic.access-unexpected"],
    ["document: createOrder does not ask for orders:write", "dynamic.access-unexpected"],
    ["document: register body /password without minLength", "dynamic.input-unchecked"],
    ["settings: transport.hsts", "dynamic.hsts-missing"],
    ["settings: operations.dailyReport.roles", "dynamic.access-unexpected"],
    ["settings: operations.dailyReport.limits", "dynamic.limit-untold"],
    ["everywhere: authentication.algorithm-rejected is overlooked", "dynamic.token-unsigned-accepted"],
    ["everywhere: authentication.audience-rejected is overlooked", "dynamic.token-of-another-audience-accepted"],
    ["everywhere: authentication.token-expired is overlooked", "dynamic.token-expired-accepted"],
    ["everywhere: validation.operation-undeclared is overlooked", "dynamic.undeclared-passed"],
    ["createOrder: response without validation.responses", "dynamic.property-undeclared-answered"],
    ["createOrder: no bound of the body", "dynamic.body-unlimited"],
  ])("%s, by %s", { timeout: PATIENCE_MS }, async (name, rule) => {
    const broken = await sample();
    const mutant = mutantsOf(broken).find((one) => one.name === name);
    expect(mutant).toBeDefined();
    expect((await noticed(broken, mutant)).finding?.rule).toBe(rule);
  });
});

it("breaks every operation, setting and reason once, and knows what cannot be told apart", async () => {
  const names = mutantsOf(await sample()).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(150);
  expect(Object.keys(EQUIVALENT).filter((name) => !names.includes(name))).toEqual([]);
});
