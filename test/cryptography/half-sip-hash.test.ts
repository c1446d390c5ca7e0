// The keyed hash under counters: the reference's value, and no two texts, cuts or keys alike.
import { describe, expect, it } from "vitest";
import { HalfSipHash } from "../../src/cryptography/half-sip-hash.ts";

function hashed(hash: HalfSipHash, parts: readonly string[]): string {
  hash.begin();
  for (const part of parts) hash.part(part);
  hash.end();
  return `${hash.low.toString(16)} ${hash.high.toString(16)}`;
}

describe("HalfSipHash-2-4", () => {
  it("gives the reference's value for the empty text under the key 00 01 … 07", () => {
    expect(hashed(new HalfSipHash(0x03020100, 0x07060504), [""])).toBe("591f8d21 c83cb8b9");
  });

  it("gives another value for each key, text and way to cut it", () => {
    const long = "a".repeat(1000);
    const texts = [[""], ["a"], ["b"], ["ab"], ["ba"], ["a\u0000"], ["\u0000a"], ["abc"], [long], []];
    const cuts = [
      ["", ""],
      ["a", "b"],
      ["", "ab"],
      ["ab", ""],
      ["a", "", "b"],
      ["abc", ""],
      ["a", "bc"],
      [long, ""],
    ];
    const seen = new Set<string>();
    for (const hash of [new HalfSipHash(1, 2), new HalfSipHash(1, 3)]) {
      for (const parts of [...texts, ...cuts]) seen.add(hashed(hash, parts));
    }
    expect(seen.size).toBe(2 * (texts.length + cuts.length));
  });

  it("goes on from a mark as if what came before it had just been taken in", () => {
    const hash = new HalfSipHash(1, 2);
    hash.begin();
    hash.part("scope");
    const mark = hash.mark();
    hash.part("something else");
    hash.end();
    hash.resume(mark);
    hash.part("key");
    hash.end();
    const resumed = `${hash.low.toString(16)} ${hash.high.toString(16)}`;
    expect(resumed).toBe(hashed(hash, ["scope", "key"]));
  });
});
