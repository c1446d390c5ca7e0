// Guards runs in which a machine is alone: no second caller is made up, and nobody with other rights stands in for one.
import { describe, expect, it, onTestFinished } from "vitest";
import { openAsking } from "../../../src/security-testing/dynamic/sign-in/asking.ts";
import { SignedInCallers } from "../../../src/security-testing/dynamic/sign-in/signed-in-callers.ts";
import type { SignIn } from "../../../src/security-testing/dynamic/test-file/sign-in-schema.ts";
import { composed } from "../../configuration/composing.ts";

async function signedIn(signIns: Readonly<Record<string, SignIn | "none">>) {
  const { ask, close } = openAsking(undefined);
  onTestFinished(close);
  const composition = await composed("authentication:\n  oauth: { issuer: https://i.example/, audience: a }\n");
  onTestFinished(() => composition.close());
  return SignedInCallers.signIn({ composition, signIns, origin: "http://127.0.0.1:1", ask });
}

describe("an API of machines", () => {
  const [machine, other] = ["two", "three"].map((value) => ({
    scopes: ["read"],
    fixedHeaders: [{ name: "Authorization", value: `Bearer ${value}` }],
  })) as [SignIn, SignIn];

  it.each<[string, Readonly<Record<string, SignIn | "none">>]>([
    ["said", { machine, b: "none" }],
    ["left out", { machine }],
    ["one with other rights", { machine, other }],
  ])("needs no second caller: %s", async (_how, signIns) => {
    const callers = await signedIn(signIns);
    expect([callers.a.name, callers.b.name, callers.isAlone]).toEqual(["machine", "nobody", true]);
    expect((await callers.allowed("getOrder"))?.name).toBe("machine");
    expect(await callers.allowed("getOrder", "b")).toBeUndefined();
    expect(await callers.withRights(callers.a.rights, "b")).toBeUndefined();
  });

  it("has two where two are named", async () => {
    const { a, b, isAlone } = await signedIn({ a: machine, b: other });
    expect([a.name, b.name, isAlone]).toEqual(["user A", "user B", false]);
  });
});
