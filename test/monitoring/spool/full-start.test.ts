// Guards the start on a disk that is full already: with drop-oldest it makes room, counts what goes, and says so.
import { describe, expect, it } from "vitest";
import { spoolStats } from "../../../src/monitoring/index.ts";
import { delivering, numberOf, upTo } from "../delivery/delivering.ts";
import { away, ScriptedDestination } from "../delivery/scripted-destination.ts";
import { TestDisk } from "./disk.ts";

/** A spool of some files that a sink which is away never got, on a disk that others have filled since. */
async function filled(segmentBytesMax = 1_000): Promise<TestDisk> {
  const disk = new TestDisk();
  const late = new ScriptedDestination({ name: "late" });
  late.always = away;
  const { delivery, add } = await delivering(disk, { destinations: [late], segmentBytesMax });
  for (const n of upTo(40)) {
    add(n);
    await delivery.flush();
  }
  await delivery.close();
  // What it writes at its start does not fit by these few bytes.
  disk.capacity = disk.names().reduce((sum, name) => sum + disk.text(name).length, -200);
  return disk;
}

it("what a full disk had removed is counted at once: a kill makes no loss of it", async () => {
  const disk = new TestDisk();
  const late = new ScriptedDestination({ name: "late" });
  late.always = away;
  const options = { destinations: [late], segmentBytesMax: 1_000, whenFull: "drop-oldest" } as const;
  const { delivery, add } = await delivering(disk, options);
  disk.capacity = 12_000;
  for (const n of upTo(100)) {
    add(n);
    await delivery.flush();
    const stats = await spoolStats(disk.processDies());
    expect(stats?.destinations).toMatchObject([{ name: "late", unaccounted: 0, lost: 0 }]);
  }
  expect(delivery.snapshot().destinations["late"]?.dropped).toBeGreaterThan(0);
  await delivery.close();
});

describe("a start on a full disk", () => {
  it.each([
    ["the oldest events", 1_000],
    ["all of them, where one file has them", 100_000],
  ])("with drop-oldest goes on without %s, counted and said", async (_what, bytes) => {
    const disk = await filled(bytes);
    const late = new ScriptedDestination({ name: "late" });
    const { delivery, add, said } = await delivering(disk, {
      destinations: [late],
      segmentBytesMax: bytes,
      whenFull: "drop-oldest",
    });
    add(41);
    await late.until(() => late.taken.some((one) => numberOf(one) === 41));
    await delivery.close();
    const got = new Set(late.taken.map(numberOf));
    const never = upTo(41).filter((n) => !got.has(n));
    expect(never.length).toBeGreaterThan(0);
    expect(said.filter(({ action }) => action === "monitoring.events-dropped").map(({ data }) => data)).toMatchObject([
      { sink: "late", first: 1, last: never.length, count: never.length },
    ]);
    const stats = await spoolStats(disk);
    expect(stats?.destinations).toMatchObject([{ name: "late", dropped: never.length, unaccounted: 0, spooled: 0 }]);
  });

  it.each(["block", "drop-newest"] as const)("with %s is refused, and nothing is lost by that", async (whenFull) => {
    const disk = await filled();
    const before = disk.segments();
    const destinations = [new ScriptedDestination({ name: "late" })];
    await expect(delivering(disk, { destinations, segmentBytesMax: 1_000, whenFull })).rejects.toThrow("ENOSPC");
    expect(disk.segments()).toEqual(before);
  });
});
