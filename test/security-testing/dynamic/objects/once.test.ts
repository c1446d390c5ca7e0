// Guards which operations count as having their effect once, and what proves that they had it twice.
import { describe, expect, it } from "vitest";
import { hasSecondEffect, onceOf } from "../../../../src/security-testing/dynamic/objects/once.ts";
import type { Reply } from "../../../../src/security-testing/dynamic/wire.ts";
import { small } from "./documents.ts";

function once(
  operationId: string,
  conflict: string | undefined,
  more: Readonly<Record<string, unknown>> = {},
  method = "post",
) {
  const responses = { 200: { description: "done" }, ...(conflict !== undefined && { 409: { description: conflict } }) };
  const { set, operation } = small({ "/x": { [method]: { operationId, responses, ...more } } });
  return onceOf(set, operation(operationId));
}

describe("an operation", () => {
  it.each([
    ["says once", "redeemCoupon", "Conflict.", { summary: "Pays, once for each customer" }, "said"],
    ["names its own act", "redeemCoupon", "The customer has redeemed it before.", {}, "meant"],
    ["calls it taken", "createUser", "A user of that name already exists.", {}, "meant"],
    ["speaks of another state", "addItem", "The order was shipped already.", {}, undefined],
    ["says nothing", "createOrder", "Conflict.", {}, undefined],
    ["documents no 409", "createOrder", undefined, { summary: "Once a day" }, undefined],
  ] as const)("that %s", (_, id, conflict, more, expected) => {
    expect(once(id, conflict, more)).toBe(expected);
  });

  it("that replaces may be repeated", () => {
    expect(once("setOnce", "It already exists.", { summary: "once" }, "put")).toBeUndefined();
  });
});

describe("a second answer", () => {
  const reply = (body: unknown): Reply => ({
    status: 200,
    fields: [],
    body: Buffer.from(JSON.stringify(body)),
    tookMs: 1,
    from: "api",
    reason: undefined,
  });

  it.each([
    ["a sum that went on", { balance: 1500 }, { balance: 2000 }, true],
    ["another id", { id: "a-1", n: "x" }, { id: "b-2", n: "x" }, true],
    ["the same", { id: "a-1", balance: 1500 }, { id: "a-1", balance: 1500 }, false],
    ["a later time", { id: "a-1", redeemedAt: "10:00" }, { id: "a-1", redeemedAt: "10:01" }, false],
    ["a clock's number", { timestamp: 17000 }, { timestamp: 17001 }, false],
  ])("with %s: a second effect is %o", (_, first, second, expected) => {
    expect(hasSecondEffect(reply(first), reply(second))).toBe(expected);
  });
});
