// Bounded memory and flat cost of the counter, measured in a process of its own.
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

interface Measured {
  readonly one: number;
  readonly million: number;
  readonly crowded: number;
  readonly among1: number;
  readonly amongAMillion: number;
  readonly amongStrangers: number;
  readonly kept: { readonly remaining: number };
}

/** A request costs some hundred microseconds: this is lost in it, and the machine may be busy. */
const NANOSECONDS_MAX = 30_000;

it("L07 a million keys take at most 100 MB, few keys little, and one request costs alike among both", async () => {
  const script = path.join(import.meta.dirname, "million-keys.ts");
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", script]);
  const measured = JSON.parse(stdout) as Measured;
  expect(measured.one).toBeLessThan(300_000);
  expect(measured.million).toBeLessThan(100_000_000);
  // Each has two of its requests counted, and 200,000 strangers want to be counted too.
  expect(measured.crowded).toBeLessThan(100_000_000);
  expect(measured.kept.remaining).toBeLessThanOrEqual(1_000 - 2);
  for (const cost of [measured.among1, measured.amongAMillion, measured.amongStrangers]) {
    expect(cost).toBeLessThan(NANOSECONDS_MAX);
  }
});
