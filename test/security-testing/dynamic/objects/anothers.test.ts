// Guards when an answer counts as another's data: never for what everybody gets, or for what the request itself said.
import { describe, expect, it } from "vitest";
import { isAnothers, type Readings } from "../../../../src/security-testing/dynamic/objects/anothers.ts";
import { leavesOf } from "../../../../src/security-testing/dynamic/objects/reading.ts";

const order = { id: "7", owner: "ann", sku: "TEA-001", quantity: 2, total: 1300, note: "of mine" };

function judged(own: unknown, others: unknown, more: Partial<Readings> = {}, again = own) {
  return isAnothers({
    own: [leavesOf(own), leavesOf(again)],
    others: leavesOf(others),
    madeUp: undefined,
    told: ["7"],
    marks: ["ann"],
    isApart: false,
    ...more,
  });
}

describe("what another was answered", () => {
  it("is certain where it names its owner", () => {
    expect(judged(order, order)).toBe("certain");
  });

  it("may be for all where it names nobody, unless such things are kept apart", () => {
    const { owner: _, ...unnamed } = order;
    expect(judged(unnamed, unnamed)).toBe("tentative");
    expect(judged(unnamed, unnamed, { isApart: true })).toBe("certain");
  });

  it("may differ in what it says of the reader", () => {
    const others = { ...order, mayEdit: false };
    expect(judged({ ...order, mayEdit: true }, others)).toBe("firm");
  });

  it("may differ in what differs for its owner from one reading to the next", () => {
    expect(judged({ ...order, views: 1 }, { ...order, views: 2 }, {}, { ...order, views: 3 })).toBe("certain");
  });

  it("is nothing where it is another object", () => {
    expect(judged(order, { ...order, owner: "ben", note: "of his", total: 650, quantity: 1 })).toBeUndefined();
  });

  it("is nothing where only what is public of it is shown", () => {
    expect(judged(order, { id: "7", sku: "TEA-001" })).toBeUndefined();
  });

  it("is nothing where the same is answered for an id that nobody has", () => {
    expect(judged(order, order, { madeUp: leavesOf({ ...order, id: "8" }) })).toBeUndefined();
  });

  it("is nothing where it says no more than the request did", () => {
    expect(judged({ id: "7" }, { id: "7" })).toBeUndefined();
    expect(judged({ id: 7 }, { id: 7 })).toBeUndefined();
  });
});
