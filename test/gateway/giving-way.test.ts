// Guards who gives way where bodies take all the memory there is for them: neither a slow client that still sends, nor one that holds little.
import { describe, expect, it } from "vitest";
import { type Held, whoGivesWay } from "../../src/gateway/giving-way.ts";

interface Named extends Held {
  readonly name: string;
}

const held = (name: string, sender: string, bytes: number, more: Partial<Held> = {}): Named => ({
  name,
  sender,
  bytes,
  isStalled: false,
  isOver: false,
  ...more,
});
const STALLED = { isStalled: true };
const NEWCOMER = held("newcomer", "n", 0);

/** Of bodies that fill the room, when the newcomer wants ten more. */
const chosen = (others: readonly Named[], newcomer = NEWCOMER, bytes = 10) =>
  whoGivesWay([...others, newcomer], newcomer, bytes, bytes).map(({ name }) => name);

describe("F20 where bodies take all their memory", () => {
  it.each([
    ["one that stalls goes, whoever holds more", [held("a", "a", 20, STALLED), held("b", "b", 90)], ["a"]],
    ["the largest that stalls goes first", [held("a", "a", 20, STALLED), held("b", "b", 50, STALLED)], ["b"]],
    ["as many go as it takes", [held("a", "a", 6, STALLED), held("b", "b", 5, STALLED)], ["a", "b"]],
    ["of whoever holds most the largest goes", [held("a", "a", 30), held("a2", "a", 40), held("b", "b", 60)], ["a2"]],
    ["nobody goes for whoever would hold as much", [held("a", "a", 10), held("b", "b", 10)], []],
    ["nobody goes in vain", [held("a", "a", 4, STALLED), held("b", "b", 9)], []],
    ["what is read to its end stays, and counts", [held("a", "a", 90, { isOver: true }), held("a2", "a", 12)], ["a2"]],
    ["nothing that stalls goes behind its end", [held("a", "a", 90, { isOver: true, isStalled: true })], []],
  ])("F20 %s", (_name, others, names) => {
    expect(chosen(others)).toEqual(names);
  });

  it("F20 whoever holds much has none of others go", () => {
    const own = held("own", "n", 5);
    expect(chosen([held("n2", "n", 50), held("a", "a", 50)], own)).toEqual([]);
    expect(chosen([held("a", "a", 50)], own)).toEqual(["a"]);
  });
});
