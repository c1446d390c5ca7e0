// The memory of used proofs: what it holds, what it forgets, and that nobody can take all of it.
import { describe, expect, it } from "vitest";
import { MemoryProofs, type UsedProof } from "../../src/authentication/proof-memory.ts";

const START_MS = 1_900_000_000_000;
const LIFE_MS = 90_000;
const made = (id: string, atMs: number, owner = "a"): UsedProof => ({
  id,
  owner,
  madeMs: atMs,
  untilMs: atMs + LIFE_MS,
});

describe("what was used", () => {
  it("is known for as long as it could come again, and is forgotten then", () => {
    const memory = new MemoryProofs();
    expect(memory.use(made("x", START_MS), START_MS)).toBe("new");
    expect(memory.use(made("x", START_MS), START_MS + LIFE_MS - 1)).toBe("used");
    expect(memory.size).toBe(1);
    const later = START_MS + 2 * LIFE_MS;
    expect(memory.use(made("y", later), later)).toBe("new");
    expect(memory.size).toBe(1);
  });

  it("D02 counts as used when the clock went back, or more age is allowed, and nobody can tell any more", () => {
    const memory = new MemoryProofs();
    memory.use(made("x", START_MS), START_MS);
    const later = START_MS + 2 * LIFE_MS;
    memory.use(made("y", later), later);
    expect(memory.use(made("x", START_MS), START_MS)).toBe("used");
    expect(memory.use({ ...made("x", START_MS), untilMs: START_MS + 10 * LIFE_MS }, later)).toBe("used");
    expect(memory.use(made("z", later), later)).toBe("new");
  });
});

describe("room", () => {
  const fill = (memory: MemoryProofs, owner: string, nowMs: number): number => {
    let count = 0;
    while (memory.use(made(`${owner} ${nowMs} ${count}`, nowMs, owner), nowMs) === "new") count += 1;
    return count;
  };

  it("of one owner is an eighth of what is free: many must come together before there is none for the next", () => {
    const memory = new MemoryProofs(9_000);
    expect(fill(memory, "first", START_MS)).toBe(1_000);
    const counts = Array.from({ length: 40 }, (_, i) => fill(memory, `other ${i}`, START_MS));
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(memory.size).toBeLessThan(9_000);
  });

  it("comes back when what was used is stale", () => {
    const memory = new MemoryProofs(9_000);
    fill(memory, "first", START_MS);
    expect(fill(memory, "first", START_MS + 2 * LIFE_MS)).toBe(1_000);
  });
});
