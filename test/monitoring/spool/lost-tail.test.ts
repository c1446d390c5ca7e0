// Guards the record where the spool lost what a destination has already, as the loss of power may with `durability: memory`: it goes on behind that, and says so.
import { expect, it } from "vitest";
import { ChainVerifier, createRecorder, spoolStats } from "../../../src/monitoring/index.ts";
import { runsOf } from "../../../src/monitoring/file-tails.ts";
import { eventHash, linkOf } from "../../../src/monitoring/spool/chain.ts";
import { unheard } from "../delivery/delivering.ts";
import { ScriptedDestination } from "../delivery/scripted-destination.ts";
import { fullExchange } from "../exchanges.ts";
import { TestDisk } from "./disk.ts";

/** A file that survived with `lines`. */
function fileWith(lines: string[], name = "file") {
  const file = new ScriptedDestination({ name });
  return Object.assign(file, { holds: async () => runsOf([Buffer.from(lines.map((line) => `${line}\n`).join(""))]) });
}

/** One life: so many more events, all of which the file gets. */
async function live(disk: TestDisk, lines: string[], events: number): Promise<void> {
  const file = fileWith(lines);
  const delivery = await unheard(disk, { destinations: [file], durability: "memory" });
  const recorder = createRecorder({ sinks: [], delivery, tell: () => undefined });
  for (let i = 0; i < events; i += 1) recorder.exchange(fullExchange());
  await file.until(() => file.taken.length >= events);
  await delivery.flush();
  await file.until(() => file.positions().at(-1) === delivery.snapshot().spool.last);
  await recorder.close();
  lines.push(...file.taken.map(({ json }) => Buffer.from(json).toString("utf8")));
}

/** As after the loss of power: the end of the last segment is not there. */
function loseTail(disk: TestDisk, count: number): void {
  const last = disk.segments().at(-1) as string;
  disk.edit(last, (bytes) => {
    const lines = bytes.toString("latin1").split("\n");
    return Buffer.from(`${lines.slice(0, -1 - count).join("\n")}\n`, "latin1");
  });
  // Noted at the end, which a kill does not reach.
  disk.edit("state.json", (bytes) => {
    const state = JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
    return Buffer.from(JSON.stringify({ ...state, next: 1, previous: Buffer.alloc(32).toString("base64") }));
  });
}

function findingIn(lines: readonly string[]) {
  const verifier = new ChainVerifier({ checkpoints: [], sink: "file" });
  for (const [i, line] of lines.entries()) verifier.line(line, `f:${i + 1}`);
  return verifier.end().finding;
}

it.each([
  ["as far as its cursor", 0],
  ["farther than its cursor, which is kept now and then", 7],
])("goes on behind what a file has, %s", async (_what, behind) => {
  const disk = new TestDisk();
  const lines: string[] = [];
  await live(disk, lines, 300);
  loseTail(disk, 20);
  disk.edit("cursor-file.json", (bytes) => {
    const cursor = JSON.parse(bytes.toString("utf8")) as { next: number; delivered: number };
    const { next, delivered } = cursor;
    return Buffer.from(JSON.stringify({ ...cursor, next: next - behind, delivered: delivered - behind }));
  });
  await live(disk, lines, 10);
  expect(findingIn(lines)).toBeUndefined();
  expect(lines.map((line) => linkOf(line)?.position)).toEqual(lines.map((_line, i) => i + 1));
  const told = lines.slice(300).filter((line) => line.includes('"code":"monitoring.spool-damaged"'));
  expect(told.length).toBe(1);
  expect(told[0]).toContain("events 281 to 300");
  const stats = await spoolStats(disk);
  expect(stats?.destinations).toMatchObject([{ delivered: lines.length, lost: 0, unaccounted: 0 }]);
  // Once: the next start has nothing more to say of it.
  await live(disk, lines, 5);
  expect(findingIn(lines)).toBeUndefined();
  expect(lines.filter((line) => line.includes("monitoring.spool-damaged")).length).toBe(1);
});

it.each([
  ["it signed that before, and the chain goes on", true],
  ["nobody has the chain, which is told", false],
])("says what is gone where no file has it: %s", async (_what, isSigned) => {
  const disk = new TestDisk();
  const lines: string[] = [];
  await live(disk, lines, 30);
  loseTail(disk, 5);
  const hash = eventHash(Buffer.from(lines.at(-1) as string));
  const signed = { place: "notes", count: 30, hash, time: "2026-11-26T08:00:00.000Z" };
  disk.edit("state.json", (bytes) => {
    const state = JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
    return Buffer.from(JSON.stringify({ ...state, ...(isSigned ? { signed } : {}) }));
  });
  const delivery = await unheard(disk, { destinations: [new ScriptedDestination({ name: "file" })] });
  const told: string[] = [];
  delivery.connect(({ message }) => told.push(message ?? ""));
  await delivery.close();
  const how = isSigned ? "the record goes on behind them" : "no file has them, and the chain is broken there";
  expect(told).toEqual([
    expect.stringContaining(`the events 26 to 30, which were delivered before, are no longer in it: ${how}`),
  ]);
  const state = JSON.parse(disk.text("state.json")) as { previous: string };
  expect(state.previous === hash).toBe(isSigned);
});

it("believes no file that has more than was ever confirmed", async () => {
  const disk = new TestDisk();
  const lines: string[] = [];
  await live(disk, lines, 30);
  const forged = [...lines];
  const other: string[] = [];
  await live(new TestDisk(), other, 35);
  forged.push(...other.slice(30));
  const before = lines.length;
  const file = fileWith(forged);
  const delivery = await unheard(disk, { destinations: [file], durability: "memory" });
  expect(delivery.snapshot().spool.last).toBe(before);
  await delivery.close();
});
