// What a framing attack must come to: refused with its connection, and nothing of it at the upstream.
import { expect } from "vitest";
import type { RequestGuard } from "../../src/core/guard.ts";
import { CONTINUE } from "../../src/core/outcome.ts";
import { arrivesUnguarded, type BenchOptions, stillServes, withBench } from "./bench.ts";
import { eventually, GOOD, type Talk, talk } from "./wire.ts";

export interface Attack {
  /** As in the catalogue. */
  readonly id: string;
  readonly name: string;
  readonly bytes: Buffer;
  /** What it may be answered with; a closed connection without an answer is as good. */
  readonly statuses: readonly number[];
}

export interface Trial extends BenchOptions {
  /** How long a connection may stay open before it counts as not closed. */
  readonly waitMs?: number;
}

/** Makes the cases of one id: names to bytes. */
export function attacks(id: string, statuses: readonly number[], cases: Readonly<Record<string, Buffer>>): Attack[] {
  return Object.entries(cases).map(([name, bytes]) => ({ id, name, bytes, statuses }));
}

const OVER = [
  ["plain HTTP", { tls: false }],
  ["TLS", { tls: true }],
] as const;

/**
 * The attack alone, and behind a good request on the same connection: it is answered with one of `statuses` or by a
 * closed connection, the connection ends, and not one byte of it reaches the upstream. Over plain HTTP and over TLS.
 */
export async function isRefused({ bytes, statuses }: Omit<Attack, "id" | "name">, trial: Trial = {}): Promise<void> {
  await arrivesUnguarded(bytes);
  for (const [, over] of OVER) await isRefusedOnce(bytes, statuses, { ...over, ...trial });
}

function isRefusedOnce(bytes: Buffer, statuses: readonly number[], trial: Trial): Promise<void> {
  return withBench(async (bench) => {
    const { dial, upstream, recorder } = bench;
    const alone = await talk(dial(), bytes, undefined, trial.waitMs);
    expectRefusal(alone, statuses);
    await stillServes(bench);
    expect(upstream.requests().map(({ start }) => start)).toEqual(["GET /good HTTP/1.1"]);
    expect(upstream.connections).toHaveLength(1);
    const behind = await talk(dial(), Buffer.concat([GOOD, bytes]), undefined, trial.waitMs);
    expect(behind.statuses[0]).toBe(200);
    expectRefusal({ ...behind, statuses: behind.statuses.slice(1) }, statuses);
    await stillServes(bench);
    expect(upstream.requests().map(({ start }) => start)).toEqual(Array(3).fill("GET /good HTTP/1.1"));
    expect(upstream.bytes().toString("latin1")).not.toContain("evil");
    expect(recorder.exchanges.filter(({ denial }) => denial !== undefined).length).toBeGreaterThan(0);
  }, trial);
}

function expectRefusal(said: Pick<Talk, "statuses" | "closed">, statuses: readonly number[]): void {
  expect(said.closed).toBe(true);
  expect(said.statuses.length).toBeLessThanOrEqual(1);
  if (said.statuses.length === 1) expect(statuses).toContain(said.statuses[0]);
}

/** Has the gate read the body whole before anything goes on. */
const READS: RequestGuard = { practice: "validation", name: "validation.body", mode: "enforce", check: () => CONTINUE };

/** The two ways of a body through the gate. */
export const WAYS = [
  ["read whole", { gate: { body: [READS] } }],
  ["streamed", { gate: {} }],
] as const;

/** Every way of a body, over plain HTTP and over TLS. */
export const ALL_WAYS = WAYS.flatMap(([, way]) => OVER.map(([, over]) => ({ ...way, ...over })));

/** Refused, or the connection ends; whatever of it came to the upstream is no complete request, and its connection is cut. */
export async function isBrokenOff({ bytes, statuses }: Omit<Attack, "id" | "name">, trial: Trial = {}): Promise<void> {
  await arrivesUnguarded(bytes);
  for (const way of ALL_WAYS) await isBrokenOffOnce(bytes, statuses, { ...way, ...trial });
}

function isBrokenOffOnce(bytes: Buffer, statuses: readonly number[], trial: Trial): Promise<void> {
  return withBench(async (bench) => {
    const { dial, upstream, recorder } = bench;
    const said = await talk(dial(), Buffer.concat([GOOD, bytes]), undefined, trial.waitMs);
    expect(said.closed).toBe(true);
    expect(said.statuses[0]).toBe(200);
    expect(said.statuses.length).toBeLessThanOrEqual(2);
    expect(said.statuses.slice(1).filter((status) => !statuses.includes(status))).toEqual([]);
    await stillServes(bench);
    expect(upstream.requests().map(({ start }) => start)).toEqual(["GET /good HTTP/1.1", "GET /good HTTP/1.1"]);
    const begun = () => upstream.connections.filter(({ bytes: seen }) => seen.includes("/late"));
    await eventually(() => begun().every(({ closed }) => closed));
    expect(upstream.bytes().includes("evil")).toBe(false);
    await eventually(() => recorder.exchanges.length === 3);
  }, trial);
}

/** What Node reads without complaint arrives as one request in canonical form: sizes in hex, no extensions, no trailers. */
export async function isMadeCanonical(bytes: Buffer, start: string, body: string): Promise<void> {
  await arrivesUnguarded(bytes);
  for (const way of ALL_WAYS) {
    await withBench(async ({ dial, upstream }) => {
      const said = await talk(dial(), Buffer.concat([GOOD, bytes]), ({ complete }) => complete.length === 2);
      expect(said.statuses).toEqual([200, 200]);
      expect(upstream.requests()).toHaveLength(2);
      expect(upstream.requests().map((seen) => [seen.start, seen.body.toString()])).toEqual(
        expect.arrayContaining([
          ["GET /good HTTP/1.1", ""],
          [start, body],
        ]),
      );
      expect(upstream.bytes().includes(";")).toBe(false);
      expect(upstream.bytes().includes("X-Trailer")).toBe(false);
    }, way);
  }
}
