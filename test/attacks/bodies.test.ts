// F16: bodies beyond their limit. A declared length is refused before a byte of it is read; one that grows is broken off.
import { describe, expect, it } from "vitest";
import { ask, keep, startOver, startUpstream } from "../gateway/harness.ts";
import { bodyLengthGuard } from "../../src/validation/body-head-guards.ts";
import { arrivesUnguarded, stillServes, withBench } from "./bench.ts";
import { late } from "./chunk-cases.ts";
import { ALL_WAYS } from "./refusal.ts";
import { eventually, GOOD, HOST, talk, wire } from "./wire.ts";

const BYTES_MAX = 1_000;
const LIMITED = { head: [bodyLengthGuard("enforce", BYTES_MAX)], bodyBytesMax: BYTES_MAX };
const WAYS = ALL_WAYS.map(({ tls, gate }) => ({ tls, gate: { ...LIMITED, ...gate } }));

const chunk = (length: number): string => `${length.toString(16)}\r\n${"a".repeat(length)}\r\n`;
const sized = (length: number, body: string, more = "", version = "HTTP/1.1"): Buffer =>
  wire(`POST /late ${version}\r\n${HOST}${more}Content-Length: ${length}\r\n\r\n${body}`);

/** 413, behind a good request; no complete request reaches the upstream, and what began there is cut. */
async function isTooLarge(bytes: Buffer, begins: boolean): Promise<void> {
  await arrivesUnguarded(bytes);
  for (const way of WAYS) {
    await withBench(async (bench) => {
      const { upstream } = bench;
      const said = await talk(bench.dial(), Buffer.concat([GOOD, bytes]), ({ complete }) => complete.length === 2);
      expect(said.statuses).toEqual([200, 413]);
      expect(said.complete[1]?.body.toString()).toContain("validation.body-too-large");
      await stillServes(bench);
      expect(upstream.requests().map(({ start }) => start)).toEqual(["GET /good HTTP/1.1", "GET /good HTTP/1.1"]);
      const begun = upstream.connections.filter(({ bytes: seen }) => seen.includes("/late"));
      await eventually(() => begun.every(({ closed }) => closed));
      expect(begins || begun.length === 0).toBe(true);
    }, way);
  }
}

describe.concurrent("F16 bodies larger than allowed", () => {
  it.each([
    ["one byte more, none of it sent", sized(BYTES_MAX + 1, "")],
    ["one byte more, all of it sent", sized(BYTES_MAX + 1, "a".repeat(BYTES_MAX + 1))],
    ["2^53 - 1", sized(Number.MAX_SAFE_INTEGER, "a")],
    ["in HTTP/1.0", sized(BYTES_MAX + 1, "", "", "HTTP/1.0")],
    ["waiting for 100, which never comes", sized(BYTES_MAX + 1, "", "Expect: 100-continue\r\n")],
    ["10 MB that are sent anyway", sized(10_000_000, "a".repeat(1_000_000))],
  ])("F16 by length: %s", (_name, bytes) => isTooLarge(bytes, false));

  it.each([
    ["one byte more, in one chunk", `${chunk(BYTES_MAX + 1)}0\r\n\r\n`],
    ["one byte more, in the second chunk", `${chunk(BYTES_MAX)}${chunk(1)}0\r\n\r\n`],
    ["one byte more, in chunks of one byte", `${chunk(1).repeat(BYTES_MAX + 1)}0\r\n\r\n`],
    ["chunks that do not end", chunk(1_000).repeat(1_000)],
    ["one chunk that does not end", `fffffffffff\r\n${"a".repeat(5_000)}`],
  ])("F16 in chunks: %s", (_name, body) => isTooLarge(late(body), true));

  it("F16 exactly as large as allowed goes on, by length and in chunks", async () => {
    const body = "a".repeat(BYTES_MAX);
    for (const way of WAYS) {
      await withBench(async (bench) => {
        for (const bytes of [sized(BYTES_MAX, body), late(`${chunk(BYTES_MAX)}0\r\n\r\n`)]) {
          const said = await talk(bench.dial(), bytes, ({ complete }) => complete.length === 1);
          expect(said.statuses).toEqual([200]);
          expect(bench.upstream.requests().at(-1)?.body.toString()).toBe(body);
        }
      }, way);
    }
  });
});

it("F06 a large body in chunks that waits for the API is taken for what it is", async () => {
  const slow = keep(
    await startUpstream((incoming, response) => {
      incoming.pause();
      setTimeout(() => incoming.resume(), 500);
      incoming.on("end", () => response.end("ok"));
    }),
  );
  const { gateway } = keep(await startOver(slow.origin, { bodyBytesMax: 16_000_000 }));
  const body = Buffer.alloc(8_000_000);
  const headers = { "Transfer-Encoding": "chunked" };
  expect((await ask(gateway.url, { method: "POST", headers, body })).status).toBe(200);
  expect(slow.seen[0]?.body.length).toBe(body.length);
});
