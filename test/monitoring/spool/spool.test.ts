// Guards the spool: what was taken is on disk, survives a kill and the loss of power, and stays until every destination has it.
import { describe, expect, it } from "vitest";
import { delivering, numberOf, upTo } from "../delivery/delivering.ts";
import { away, ScriptedDestination } from "../delivery/scripted-destination.ts";
import { TestDisk } from "./disk.ts";

describe("what was taken", () => {
  it("arrives in order, once, with positions that grow by one, also over restarts", async () => {
    const disk = new TestDisk();
    const first = new ScriptedDestination();
    const one = await delivering(disk, { destinations: [first] });
    for (const n of upTo(500)) one.add(n);
    await first.until(() => first.taken.length === 500);
    await one.delivery.close();
    const second = new ScriptedDestination();
    const two = await delivering(disk, { destinations: [second] });
    two.add(501);
    await second.until(() => second.taken.length === 1);
    await two.delivery.close();
    expect(first.taken.map(numberOf)).toEqual(upTo(500));
    expect([...first.positions(), ...second.positions()]).toEqual(upTo(501));
    expect(new Set([...first.taken, ...second.taken].map(({ id }) => id)).size).toBe(501);
  });

  it("waits for a destination that is away, over a restart", async () => {
    const disk = new TestDisk();
    const gone = new ScriptedDestination();
    gone.always = away;
    const one = await delivering(disk, { destinations: [gone] });
    for (const n of upTo(50)) one.add(n);
    await gone.until(() => gone.batches.length > 3);
    await one.delivery.close();
    const back = new ScriptedDestination();
    const two = await delivering(disk, { destinations: [back] });
    await back.until(() => back.taken.length === 50);
    await two.delivery.close();
    expect(back.taken.map(numberOf)).toEqual(upTo(50));
    expect(two.delivery.snapshot().destinations["scripted"]).toMatchObject({ delivered: 50, waiting: 0 });
  });

  it("survives the loss of power once it was committed; with memory, it does not need to", async () => {
    for (const [durability, survives] of [
      ["fsync", true],
      ["memory", false],
    ] as const) {
      const disk = new TestDisk();
      const gone = new ScriptedDestination();
      gone.always = away;
      const one = await delivering(disk, { destinations: [gone], durability });
      for (const n of upTo(20)) one.add(n);
      await one.delivery.flush();
      const after = disk.powerFails();
      await one.delivery.close();
      const back = new ScriptedDestination();
      const two = await delivering(after, { destinations: [back] });
      two.add(21);
      await back.until(() => back.taken.length > 0);
      await two.delivery.close();
      expect(back.taken.map(numberOf)).toEqual(survives ? upTo(21) : [21]);
    }
  });

  it("goes when every destination has it, and not before", async () => {
    const disk = new TestDisk();
    const quick = new ScriptedDestination({ name: "quick" });
    const slow = new ScriptedDestination({ name: "slow" });
    slow.always = away;
    const { delivery, add } = await delivering(disk, { destinations: [quick, slow], segmentBytesMax: 4_096 });
    for (const n of upTo(200)) {
      add(n);
      await delivery.flush();
    }
    await quick.until(() => quick.taken.length === 200);
    expect(disk.segments().length).toBeGreaterThan(5);
    slow.always = (records) => ({ kind: "answered", outcomes: records.map(() => "delivered") });
    await slow.until(() => slow.taken.length === 200);
    await delivery.close();
    expect(disk.segments()).toHaveLength(1);
    expect(slow.taken.map(numberOf)).toEqual(upTo(200));
  });
});
