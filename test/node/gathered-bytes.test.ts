// A body that comes in pieces: its bytes in order, and none of its small pieces kept.
import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GatheredBytes } from "../../src/node/gathered-bytes.ts";

const gathered = (pieces: readonly Buffer[]): GatheredBytes => {
  const all = new GatheredBytes();
  for (const piece of pieces) all.add(piece);
  return all;
};

describe("gathered bytes", () => {
  it("are those that came, in order", () => {
    const piece = fc
      .oneof(fc.constantFrom(0, 1, 1_023, 1_024, 1_025, 16_383, 16_384, 16_385, 70_000), fc.nat(3_000))
      .map((size) => randomBytes(size));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const all = gathered(pieces);
        expect(all.length).toBe(pieces.reduce((sum, one) => sum + one.length, 0));
        expect(all.take().equals(Buffer.concat(pieces))).toBe(true);
      }),
    );
  });

  it("of one piece are that piece", () => {
    const piece = randomBytes(100);
    expect(gathered([piece]).take()).toBe(piece);
    expect(gathered([]).take()).toHaveLength(0);
  });

  it("F20 small pieces are copied: a million chunks of one byte would hold 400 MB", () => {
    const reused = Buffer.alloc(1);
    const kept: Buffer[] = [];
    const all = gathered([Buffer.from("0")]);
    for (let i = 1; i < 10_000; i += 1) {
      reused[0] = 0x30 + (i % 10);
      kept.push(reused);
      all.add(reused);
    }
    // Whoever keeps the pieces sees what became of them.
    expect(Buffer.concat(kept).subarray(0, 9).toString()).toBe("999999999");
    expect(all.take().subarray(0, 12).toString()).toBe("012345678901");
  });

  it("F20 a large piece between small ones makes no more room than they need", () => {
    const large = Buffer.alloc(16_384);
    const pieces = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? Buffer.from("x") : large));
    const all = gathered(pieces);
    expect(all.take().equals(Buffer.concat(pieces))).toBe(true);
  });
});
