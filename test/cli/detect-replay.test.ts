// A replay of stored events: files in whatever order a shell names them, damaged, foreign, and so full of alerts that they cannot all be shown.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { folderWith } from "../configuration/folder.ts";
import { run } from "./running.ts";

const BEGAN_MS = Date.UTC(2026, 10, 26);
const MINUTE_MS = 60_000;

const event = (atMs: number, more: object) => ({
  "@timestamp": new Date(BEGAN_MS + atMs).toISOString(),
  event: { dataset: "portcullis.audit", action: "api_access", duration: 1_000_000 },
  http: { request: { id: `r${atMs}`, method: "GET" }, response: { status_code: 200 } },
  ...more,
});
const lines = (events: readonly object[]) => `${events.map((one) => JSON.stringify(one)).join("\n")}\n`;
const range = (count: number, one: (i: number) => object) => Array.from({ length: count }, (_, i) => one(i));

/** Half an hour of an ordinary caller, and a minute in which they are not. */
const CALM = lines(range(300, (i) => event(i * 6_000, { user: { id: "ann" } })));
const WILD = lines(range(400, (i) => event(30 * MINUTE_MS + i * 100, { user: { id: "ann" } })));

async function replayed(cwd: string, ...files: readonly string[]) {
  const { code, out } = await run(["detect", "--replay", "--json", ...files], { cwd });
  return { code, ...(JSON.parse(out) as { events: number; broken: number; fired: { rule: string }[]; more: number }) };
}

describe("a replay", () => {
  it("goes by the time of the files, as `audit.ndjson*` names the newest first", async () => {
    const cwd = folderWith({});
    writeFileSync(path.join(cwd, "audit.ndjson"), WILD);
    writeFileSync(path.join(cwd, "audit.ndjson.20261126T003000000Z-000000.gz"), gzipSync(CALM));
    const files = ["audit.ndjson", "audit.ndjson.20261126T003000000Z-000000.gz"];
    const { code, events, fired } = await replayed(cwd, ...files);
    expect([code, events, fired.map(({ rule }) => rule)]).toEqual([1, 700, ["unusual-caller-rate"]]);
    expect((await replayed(cwd, ...files.toReversed())).fired).toHaveLength(1);
  });

  it("counts what is no event, and goes on behind it", async () => {
    const cwd = folderWith({});
    const odd = [
      "",
      "null",
      "7",
      "[]",
      '"x"',
      "{",
      '{"@timestamp":7}',
      '{"@timestamp":"never","event":7}',
      "\u0000".repeat(9),
    ];
    const wrong = [
      { ...event(0, {}), "@timestamp": "+275760-09-13T00:00:00.000Z" },
      { ...event(0, {}), "@timestamp": "-271821-04-20T00:00:00.000Z" },
      { ...event(0, {}), http: 7, user: { id: {} }, client: [] },
      { ...event(0, {}), event: { dataset: "portcullis.audit", duration: 1e308 } },
      { ...event(0, {}), event: { dataset: "portcullis.audit", duration: "long" }, url: { path: { a: 1 } } },
    ];
    writeFileSync(path.join(cwd, "audit.ndjson"), `${odd.join("\n")}\n${lines(wrong)}${CALM}${WILD}`);
    const { code, broken, fired } = await replayed(cwd, "audit.ndjson");
    expect([code, broken >= odd.length - 1]).toEqual([1, true]);
    expect(fired.map(({ rule }) => rule)).toEqual(["unusual-caller-rate"]);
  });

  it("says of a packed file that ends too early that it was not read whole, and what the rest would have raised", async () => {
    const cwd = folderWith({});
    const packed = gzipSync(CALM);
    writeFileSync(path.join(cwd, "cut.gz"), packed.subarray(0, packed.length - 20));
    writeFileSync(path.join(cwd, "audit.ndjson"), WILD);
    const { code, out } = await run(["detect", "--replay", "audit.ndjson", "cut.gz"], { cwd });
    expect(code).toBe(2);
    expect(out).toContain("cut.gz: the packed file is damaged or ends too early");
    expect(out).toContain("unusual-caller-rate");
  });

  it("keeps no more alerts than anybody reads, and counts the rest", async () => {
    const cwd = folderWith({});
    const scans = range(110_000, (i) =>
      event(Math.floor(i / 10), {
        event: { dataset: "portcullis.audit", action: "resource_undeclared" },
        client: { ip: `10.${i >> 16}.${(i >> 8) & 255}.${Math.floor(i / 10) & 255}` },
        url: { path: `/${i % 10}` },
      }),
    );
    writeFileSync(path.join(cwd, "audit.ndjson"), lines(scans));
    const { fired, more } = await replayed(cwd, "--rule", "scanning", "audit.ndjson");
    expect([fired.length, more > 0]).toEqual([10_000, true]);
    const { out } = await run(["detect", "--replay", "--rule", "scanning", "audit.ndjson"], { cwd });
    expect(out.trimEnd().split("\n").at(-1)).toBe(
      `110000 events, ${10_000 + more} alerts, the first 10000 of them shown`,
    );
  });
});
