// Guards that made-up ids have the shape of real ones, and are others.
import { describe, expect, it } from "vitest";
import { madeUpId } from "../../../../src/security-testing/dynamic/objects/made-up.ts";
import { SeededRandom } from "../../../../src/security-testing/dynamic/random.ts";

describe("a made-up id", () => {
  const random = new SeededRandom("made-up");
  it.each([
    ["3f2b8f0a-6f0e-4b0a-9c3c-7a0c6f6a2f10", /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    ["TEA-001", /^[A-Z]{3}-\d{3}$/],
    ["ord_8Kx2", /^[a-z]{3}_\d[A-Z][a-z]\d$/],
    ["--", /^--0$/],
  ])("for %s has its shape", (id, shape) => {
    const made = madeUpId(id, () => random.next());
    expect(made).toMatch(shape);
    expect(made).not.toBe(id);
  });

  it("for a number is far beyond it", () => {
    expect(madeUpId(7, () => random.next())).toBeGreaterThan(1_000_000);
  });
});
