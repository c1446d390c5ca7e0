// Guards the spool against its disk: torn, altered, missing, full, read-only, failing to sync. The good rest arrives, the bad part is named and counted.
import { describe, expect, it } from "vitest";
import { spoolStats } from "../../../src/monitoring/index.ts";
import { delivering, numberOf, upTo } from "../delivery/delivering.ts";
import { answered, away, ScriptedDestination } from "../delivery/scripted-destination.ts";
import { TestDisk } from "./disk.ts";

/** A folder with the events 1 to `count`, of which nothing was delivered. */
async function spooled(count: number, segmentBytesMax = 1_000): Promise<TestDisk> {
  const disk = new TestDisk();
  const gone = new ScriptedDestination();
  gone.always = away;
  const one = await delivering(disk, { destinations: [gone], segmentBytesMax });
  for (const n of upTo(count)) {
    one.add(n);
    await one.delivery.flush();
  }
  await one.delivery.close();
  return disk;
}

/** Delivers what is there; what is said comes back with the numbers that arrived. */
async function arriving(disk: TestDisk) {
  const to = new ScriptedDestination();
  const two = await delivering(disk, { destinations: [to] });
  while ((two.delivery.snapshot().destinations["scripted"]?.waiting ?? 0) > 0) {
    await new Promise((done) => setTimeout(done, 1));
  }
  await two.delivery.close();
  const stats = await spoolStats(disk);
  const counts = stats?.destinations[0];
  return { numbers: to.taken.map(numberOf), said: two.said, counts, isWhole: stats?.isWhole };
}

describe("a segment", () => {
  it("whose last write never ended loses that write only, and says so", async () => {
    const disk = await spooled(12);
    const last = disk.segments().at(-1) as string;
    disk.edit(last, (bytes) => bytes.subarray(0, bytes.length - 7));
    const { numbers, said, isWhole } = await arriving(disk);
    expect(numbers).toEqual(upTo(11));
    expect(said.map(({ action }) => action)).toEqual(["monitoring.spool-torn", "monitoring.spool-damaged"]);
    expect(isWhole).toBe(true);
  });

  it.each([
    ["the checksum", 3],
    ["the position", 20],
    ["the time", 30],
    ["the level", 40],
    ["the id", 50],
    ["the event", 120],
    ["the line break", -1],
  ])("with one byte of %s altered is delivered without that record, which is named", async (what, at) => {
    const disk = await spooled(12, 1_000_000);
    disk.edit(disk.segments()[0] as string, (bytes) => {
      const lines = bytes.toString("latin1").split("\n");
      const begin = lines.slice(0, 4).join("\n").length + 1;
      const place = at < 0 ? begin + (lines[4] as string).length : begin + at;
      bytes[place] = (bytes[place] as number) ^ 1;
      return bytes;
    });
    expect((await spoolStats(disk))?.isWhole).toBe(false);
    const { numbers, said, counts, isWhole } = await arriving(disk);
    // Without its line break, two records are one line that is neither.
    const lost = what === "the line break" ? [5, 6] : [5];
    expect(numbers).toEqual(upTo(12).filter((n) => !lost.includes(n)));
    expect(said.map(({ action, data }) => [action, data?.["first"], data?.["last"]])).toEqual([
      ["monitoring.spool-damaged", 5, lost.at(-1)],
    ]);
    expect(counts).toMatchObject({ delivered: 12 - lost.length, lost: lost.length });
    expect(isWhole).toBe(true);
  });

  it("that is gone or emptied is counted, and what is behind it arrives", async () => {
    for (const change of ["removed", "emptied"]) {
      const disk = await spooled(20);
      const second = disk.segments()[1] as string;
      const third = disk.segments()[2] as string;
      if (change === "removed") await disk.remove(second);
      else disk.edit(second, () => Buffer.alloc(0));
      const { numbers, counts, said, isWhole } = await arriving(disk);
      const [from, to] = [Number.parseInt(second, 10), Number.parseInt(third, 10)];
      expect(numbers).toEqual(upTo(20).filter((n) => n < from || n >= to));
      expect(counts?.lost).toBe(to - from);
      expect(said.map(({ action }) => action)).toEqual(["monitoring.spool-damaged"]);
      expect(isWhole).toBe(true);
    }
  });

  it("that is gone with all others never has its positions used again", async () => {
    const disk = await spooled(20);
    for (const name of disk.segments()) await disk.remove(name);
    const to = new ScriptedDestination();
    const two = await delivering(disk, { destinations: [to] });
    two.add(21);
    await to.until(() => to.taken.length === 1);
    await two.delivery.close();
    expect(to.positions()).toEqual([21]);
    expect(two.delivery.snapshot().destinations["scripted"]).toMatchObject({ lost: 20, delivered: 1 });
  });

  it.each(["state.json", "cursor-scripted.json"])("stays deliverable where %s is broken", async (name) => {
    const disk = await spooled(5);
    disk.edit(name, () => Buffer.from('{"next":'));
    const { numbers, said } = await arriving(disk);
    expect(numbers).toEqual(upTo(5));
    expect(said[0]).toMatchObject({ action: "monitoring.spool-damaged", level: "error" });
  });
});

describe("a disk", () => {
  it.each(["ENOSPC", "EROFS", "EIO"])(
    "that fails with %s blocks, keeps what is under way, and goes on",
    async (code) => {
      const disk = new TestDisk();
      const to = new ScriptedDestination();
      const { delivery, add, said } = await delivering(disk, { destinations: [to] });
      disk.fault = code;
      for (const n of upTo(3)) expect(add(n)).toBe(true);
      await delivery.flush();
      expect(delivery.blocked).toBe(true);
      expect(delivery.failing()).toContain("spool");
      delivery.refuse();
      disk.fault = undefined;
      await to.until(() => to.taken.length === 3);
      expect(delivery.blocked).toBe(false);
      await delivery.close();
      expect(to.taken.map(numberOf)).toEqual(upTo(3));
      expect(said.map(({ action }) => action)).toEqual([
        "monitoring.spool-full",
        "monitoring.sink-failing",
        "monitoring.sink-working",
        "monitoring.events-dropped",
      ]);
      expect(said.at(-1)).toMatchObject({ data: { count: 1 } });
      expect(await spoolStats(disk)).toMatchObject({ isWhole: true, destinations: [{ accepted: 4, dropped: 1 }] });
    },
  );

  it("that is full for a while takes the rest of what it had begun", async () => {
    const disk = new TestDisk();
    const to = new ScriptedDestination();
    const { delivery, add } = await delivering(disk, { destinations: [to], whenFull: "drop-newest" });
    disk.capacity = 1_700;
    for (const n of upTo(20)) add(n);
    await delivery.flush();
    disk.capacity = Number.POSITIVE_INFINITY;
    await to.until(() => to.taken.length === 20);
    await delivery.close();
    expect(to.taken.map(numberOf)).toEqual(upTo(20));
  });

  it("whose sync fails gets everything again in another file: the next sync would say yes to pages that are gone", async () => {
    const disk = new TestDisk();
    const gone = new ScriptedDestination();
    gone.always = away;
    const { delivery, add } = await delivering(disk, { destinations: [gone] });
    add(1);
    await delivery.flush();
    disk.syncFault = "EIO";
    add(2);
    await delivery.flush();
    disk.syncFault = undefined;
    await delivery.flush();
    const after = disk.powerFails();
    await delivery.close();
    expect(disk.segments()).toHaveLength(2);
    const { numbers, isWhole } = await arriving(after);
    expect([numbers, isWhole]).toEqual([[1, 2], true]);
    expect((await arriving(disk.processDies())).numbers).toEqual([1, 2]);
  });

  it("that stays full to the end has its losses counted and told", async () => {
    const disk = new TestDisk();
    const to = new ScriptedDestination();
    const { delivery, add } = await delivering(disk, { destinations: [to] });
    disk.fault = "ENOSPC";
    for (const n of upTo(3)) add(n);
    expect(await delivery.close()).toBe(3);
  });
});

describe("a full spool", () => {
  const bytesMax = 20_000;

  it("with block refuses requests until there is room, and records what was under way", async () => {
    const disk = new TestDisk();
    const to = new ScriptedDestination();
    to.always = away;
    const { delivery, add, said } = await delivering(disk, { destinations: [to], bytesMax, segmentBytesMax: 2_000 });
    let n = 0;
    while (!delivery.blocked) add((n += 1));
    expect(add((n += 1))).toBe(true);
    for (let more = 0; more < 40; more += 1) add(-more);
    // Not without end, though.
    expect(delivery.snapshot().spool.refused).toBeGreaterThan(0);
    to.always = (records) => answered(records.map(() => "delivered"));
    while (delivery.blocked) await new Promise((done) => setTimeout(done, 1));
    add((n += 1));
    await to.until(() => to.taken.some((record) => numberOf(record) === n));
    await delivery.close();
    expect(to.taken.map(numberOf).filter((m) => m > 0)).toEqual(upTo(n));
    const refused = said.find(({ action }) => action === "monitoring.events-dropped");
    expect(refused?.data?.["count"]).toBe(delivery.snapshot().spool.refused);
    expect((await spoolStats(disk))?.isWhole).toBe(true);
  });

  it("with drop-newest drops what comes, counts it, and says so once there is room", async () => {
    const disk = new TestDisk();
    const to = new ScriptedDestination();
    to.always = away;
    const options = { destinations: [to], bytesMax, segmentBytesMax: 2_000, whenFull: "drop-newest" } as const;
    const { delivery, add, said } = await delivering(disk, options);
    const taken = upTo(300).filter((n) => add(n));
    expect(taken).toEqual(upTo(taken.length));
    expect(delivery.blocked).toBe(false);
    to.always = (records) => answered(records.map(() => "delivered"));
    await to.until(() => to.taken.length === taken.length);
    await delivery.close();
    expect(said.map(({ action, data }) => [action, data?.["count"]])).toContainEqual([
      "monitoring.events-dropped",
      300 - taken.length,
    ]);
    expect(await spoolStats(disk)).toMatchObject({
      isWhole: true,
      destinations: [{ accepted: 300, delivered: taken.length, dropped: 300 - taken.length }],
    });
  });

  it("with drop-oldest removes the oldest, counts it for whom it was missing, and goes on", async () => {
    const disk = new TestDisk();
    const quick = new ScriptedDestination({ name: "quick" });
    const slow = new ScriptedDestination({ name: "slow", recordsMax: 1 });
    slow.always = away;
    const options = { destinations: [quick, slow], bytesMax, segmentBytesMax: 2_000, whenFull: "drop-oldest" } as const;
    const { delivery, add, said } = await delivering(disk, options);
    for (const n of upTo(300)) {
      expect(add(n)).toBe(true);
      await quick.until(() => quick.taken.length === n);
    }
    expect((await spoolStats(disk))?.isWhole).toBe(true);
    slow.always = (records) => answered(records.map(() => "delivered"));
    await slow.until(() => slow.taken.some((record) => numberOf(record) === 300));
    await delivery.close();
    const { dropped, delivered } = delivery.snapshot().destinations["slow"]!;
    expect(dropped).toBeGreaterThan(150);
    expect(dropped + delivered).toBe(300);
    expect(delivery.snapshot().destinations["quick"]?.dropped).toBe(0);
    expect(said.some(({ action }) => action === "monitoring.events-dropped")).toBe(true);
    expect((await spoolStats(disk))?.isWhole).toBe(true);
  });

  it("with drop-oldest makes room on a full disk too", async () => {
    const disk = new TestDisk();
    const slow = new ScriptedDestination({ recordsMax: 1 });
    slow.always = away;
    const options = { destinations: [slow], segmentBytesMax: 2_000, whenFull: "drop-oldest" } as const;
    const { delivery, add } = await delivering(disk, options);
    disk.capacity = 12_000;
    for (const n of upTo(200)) {
      add(n);
      await delivery.flush();
    }
    slow.always = (records) => answered(records.map(() => "delivered"));
    await slow.until(() => slow.taken.some((record) => numberOf(record) === 200));
    await delivery.close();
    expect((await spoolStats(disk))?.isWhole).toBe(true);
  });
});
