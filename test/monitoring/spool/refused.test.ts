// What the spool refuses is counted at once where a kill takes nothing from it, however long the disk takes to sync.
import { expect, it } from "vitest";
import { spoolStats } from "../../../src/monitoring/index.ts";
import { delivering, upTo } from "../delivery/delivering.ts";
import { away, ScriptedDestination } from "../delivery/scripted-destination.ts";
import { TestDisk } from "./disk.ts";

const BOUNDS = { bytesMax: 20_000, segmentBytesMax: 2_000, whenFull: "drop-newest" } as const;

/** Its state is never written once it is told so: the disk syncs others. */
class SlowDisk extends TestDisk {
  isStuck = false;

  override replace(name: string, text: string): Promise<void> {
    return this.isStuck ? new Promise(() => undefined) : super.replace(name, text);
  }
}

async function full(disk: TestDisk) {
  const to = new ScriptedDestination({ name: "away" });
  to.always = away;
  const one = await delivering(disk, { destinations: [to], ...BOUNDS });
  while (one.delivery.snapshot().spool.refused === 0) {
    one.add(1);
    await one.delivery.flush();
  }
  return one;
}

it("is known after a kill, though no state was written since, and told", async () => {
  const disk = new SlowDisk();
  const one = await full(disk);
  await expect.poll(() => disk.text("state.json")).toContain('"refused":1');
  disk.isStuck = true;
  for (const n of upTo(500)) one.add(n);
  const { refused } = one.delivery.snapshot().spool;
  expect(refused).toBeGreaterThan(500);
  await expect.poll(() => disk.text("refused")).toContain(String(refused));
  const left = disk.processDies();
  expect(left.text("state.json")).not.toContain(String(refused));
  expect((await spoolStats(left))?.destinations.map(({ unaccounted }) => unaccounted)).toEqual([0]);
  const to = new ScriptedDestination({ name: "away" });
  const two = await delivering(left, { destinations: [to], ...BOUNDS });
  expect(two.delivery.snapshot().spool.refused).toBe(refused);
  const told = () => two.said.filter(({ action }) => action === "monitoring.events-dropped");
  await expect.poll(() => told().map(({ data }) => data?.["count"])).toEqual([refused]);
  await two.delivery.close();
});

it.each([
  ["half written", "0000000000000900 0000000000000001\n"],
  ["no number", "9".repeat(40)],
  ["empty", ""],
])("is what the state says where it is %s", async (_what, text) => {
  const disk = new TestDisk();
  const one = await full(disk);
  const { refused } = one.delivery.snapshot().spool;
  await one.delivery.close();
  disk.edit("refused", () => Buffer.from(text));
  const two = await delivering(disk, { destinations: [new ScriptedDestination({ name: "away" })], ...BOUNDS });
  expect(two.delivery.snapshot().spool.refused).toBe(refused);
  await two.delivery.close();
});

it("of another state counts for nothing", async () => {
  const disk = new TestDisk(new Map([["refused", Buffer.from("0000000000000900 0000000000000900\n")]]));
  const one = await delivering(disk, { destinations: [new ScriptedDestination({ name: "away" })], ...BOUNDS });
  expect(one.delivery.snapshot().spool.refused).toBe(0);
  await expect.poll(() => disk.text("refused")).toBe("0000000000000000 0000000000000000\n");
  await one.delivery.close();
});
