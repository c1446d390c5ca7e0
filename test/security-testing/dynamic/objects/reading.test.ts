// Guards how two answers about one object are compared.
import { describe, expect, it } from "vitest";
import {
  beyond,
  hasChanged,
  leavesOf,
  likeness,
  mentions,
  readingOf,
  steadyPart,
} from "../../../../src/security-testing/dynamic/objects/reading.ts";
import type { Reply } from "../../../../src/security-testing/dynamic/wire.ts";

function reply(status: number, body: string): Reply {
  return { status, fields: [], body: Buffer.from(body), tookMs: 1, from: "api", reason: undefined };
}

describe("a reading", () => {
  it("has each single value by its place", () => {
    expect([...leavesOf({ a: { "b/c": [1, "x"] }, d: null })]).toEqual([
      ["/a/b~1c/0", "1"],
      ["/a/b~1c/1", '"x"'],
      ["/d", "null"],
    ]);
  });

  it("is a text where there is no JSON", () => {
    expect([...(readingOf(reply(200, "<h1>7</h1>")) ?? [])]).toEqual([["", '"<h1>7</h1>"']]);
  });

  it.each([
    ["a refusal", reply(404, "{}")],
    ["an empty answer", reply(204, "")],
    ["an empty object", reply(200, "{}")],
  ])("is none of %s", (_, answer) => {
    expect(readingOf(answer)).toBeUndefined();
  });

  it("is compared without what changes by itself", () => {
    const steady = steadyPart(leavesOf({ a: 1, at: "10:00" }), leavesOf({ a: 1, at: "10:01" }));
    expect([...steady.keys()]).toEqual(["/a"]);
  });

  it("is compared without what was asked for, as text or number", () => {
    expect([...beyond(leavesOf({ id: 7, ref: "7", a: 8 }), ["7"]).keys()]).toEqual(["/a"]);
  });

  it("is like another as far as its values stand there", () => {
    expect(likeness(leavesOf({ a: 1, b: 2 }), leavesOf({ a: 1, b: 3, c: 4 }))).toBe(0.5);
    expect(likeness(leavesOf({}), leavesOf({ a: 1 }))).toBe(0);
  });

  it("mentions texts that need escaping", () => {
    expect(mentions(leavesOf({ a: 'say "hi" to ann' }), '"hi"')).toBe(true);
    expect(mentions(leavesOf({ a: "ann" }), "ben")).toBe(false);
  });
});

describe("an object", () => {
  const before = leavesOf({ a: 1, at: "10:00" });
  const steady = leavesOf({ a: 1 });

  it.each([
    ["a value is another", { a: 2, at: "10:00" }, true],
    ["a value went", { at: "10:00" }, true],
    ["a value came", { a: 1, at: "10:00", b: 1 }, true],
    ["only a clock went on", { a: 1, at: "10:05" }, false],
  ])("where %s: changed is %o", (_, after, expected) => {
    expect(hasChanged(steady, before, leavesOf(after))).toBe(expected);
  });
});
