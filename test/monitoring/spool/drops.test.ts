// Guards what is dropped: each destination's count is exact at every moment, and the record says which events whom never reached, also after a kill.
import { describe, expect, it } from "vitest";
import type { SystemEvent } from "../../../src/core/record.ts";
import { createRecorder, spoolStats } from "../../../src/monitoring/index.ts";
import { STATE_FILE } from "../../../src/monitoring/spool/state-file.ts";
import type { SpooledDelivery } from "../../../src/monitoring/delivery/spooled-delivery.ts";
import { fullExchange } from "../exchanges.ts";
import { delivering, numberOf, unheard, upTo } from "../delivery/delivering.ts";
import { answered, away, ScriptedDestination } from "../delivery/scripted-destination.ts";
import { TestDisk } from "./disk.ts";

const BOUNDS = { bytesMax: 20_000, segmentBytesMax: 2_000, whenFull: "drop-oldest" } as const;

interface Recorded {
  readonly event: { readonly action: string };
  readonly portcullis: { readonly data: object };
}

/** Positions that were said to be dropped for a sink, one by one. */
function announced(said: readonly SystemEvent[], sink: string): number[] {
  return said
    .filter(({ action, data }) => action === "monitoring.events-dropped" && data?.["sink"] === sink)
    .filter(({ data }) => data?.["again"] !== true)
    .flatMap(({ data }) => {
      const [first, last, count] = ["first", "last", "count"].map((name) => data?.[name] as number);
      expect(last! - first! + 1).toBe(count);
      return upTo(count!).map((n) => first! + n - 1);
    });
}

/** Every event is accounted for, by the disk and by what a scrape sees now. */
async function addsUp(disk: TestDisk, delivery: SpooledDelivery): Promise<void> {
  const stats = await spoolStats(disk);
  expect(stats?.destinations.map(({ name, unaccounted }) => [name, unaccounted])).toEqual(
    stats?.destinations.map(({ name }) => [name, 0]),
  );
  const { spool, destinations } = delivery.snapshot();
  for (const [name, { delivered, dead, dropped, lost, filtered, waiting }] of Object.entries(destinations)) {
    expect([name, delivered + dead + dropped + lost + filtered + waiting]).toEqual([name, spool.last + spool.refused]);
    const books = stats?.destinations.find((one) => one.name === name);
    expect([name, books?.dropped, (books?.spooled ?? 0) + (books?.held ?? 0)]).toEqual([name, dropped, waiting]);
  }
}

/** Destinations that stand at different places: one has everything, one a few, one none, one has a batch in its hands. */
function four() {
  const quick = new ScriptedDestination({ name: "quick" });
  const few = new ScriptedDestination({ name: "few", recordsMax: 1 });
  const none = new ScriptedDestination({ name: "none" });
  const holding = new ScriptedDestination({ name: "holding", recordsMax: 7 });
  const wanted = (records: readonly { json: Uint8Array }[]) =>
    answered(records.map((record) => (numberOf(record) <= 5 ? "delivered" : "retry")));
  few.always = wanted;
  none.always = away;
  holding.always = away;
  return { quick, few, none, holding, all: [quick, few, none, holding] };
}

const takeAll = (records: readonly unknown[]) => answered(records.map(() => "delivered"));

describe("drop-oldest", () => {
  it("counts and announces for each destination exactly what it never gets, at every moment", async () => {
    const disk = new TestDisk();
    const { quick, few, none, holding, all } = four();
    const { delivery, add, said } = await delivering(disk, { destinations: all, ...BOUNDS });
    for (const n of upTo(400)) {
      add(n);
      await quick.until(() => quick.taken.length === n);
      if (n % 40 === 0) await addsUp(disk, delivery);
    }
    const whileAway = delivery.snapshot().destinations;
    for (const one of [few, none, holding]) {
      expect(whileAway[one.name]?.dropped).toBeGreaterThan(200);
      // A scrape sees what the record says, before anything is passed over.
      expect([one.name, announced(said, one.name).length]).toEqual([one.name, whileAway[one.name]?.dropped]);
    }
    expect(announced(said, "quick")).toEqual([]);
    for (const one of [few, none, holding]) one.always = takeAll;
    for (const one of all) await one.until(() => one.taken.some((record) => numberOf(record) === 400));
    await addsUp(disk, delivery);
    await delivery.close();
    for (const one of all) {
      const got = new Set(one.taken.map(numberOf));
      const never = upTo(400).filter((n) => !got.has(n));
      expect([one.name, announced(said, one.name)]).toEqual([one.name, never]);
      expect(delivery.snapshot().destinations[one.name]).toMatchObject({ delivered: got.size, dropped: never.length });
    }
    // What it had in its hands when the file was removed arrived all the same: it was announced for others only.
    expect(holding.taken.slice(0, 7).map(numberOf)).toEqual(upTo(7));
    expect(few.taken.slice(0, 5).map(numberOf)).toEqual(upTo(5));
    const stats = await spoolStats(disk);
    expect(stats?.destinations.map(({ name, accepted, spooled }) => [name, accepted, spooled])).toEqual(
      ["few", "holding", "none", "quick"].map((name) => [name, 400, 0]),
    );
  });

  it("says before its end what it is still dropping when the end comes", async () => {
    const disk = new TestDisk();
    const replace = disk.replace.bind(disk);
    const slow = Promise.withResolvers<void>();
    const late = new ScriptedDestination({ name: "late" });
    late.always = away;
    const bounds = { bytesMax: 30_000, segmentBytesMax: 6_000, whenFull: "drop-oldest" } as const;
    const delivery = await unheard(disk, { destinations: [late], ...bounds, runner: { closeMs: 10_000 } });
    const recorder = createRecorder({ sinks: [], delivery, tell: () => undefined });
    disk.replace = async (name, text) => {
      if (name === STATE_FILE) await slow.promise;
      return replace(name, text);
    };
    const dropped = () => delivery.snapshot().destinations["late"]?.dropped ?? 0;
    while (dropped() === 0) {
      recorder.exchange(fullExchange());
      await delivery.flush();
    }
    late.always = takeAll;
    await late.until(() => late.taken.length > 0);
    const closed = recorder.close();
    setImmediate(slow.resolve);
    await closed;
    const told = late.taken.flatMap(({ json }) => {
      const { event, portcullis } = JSON.parse(Buffer.from(json).toString("utf8")) as Recorded;
      return event.action === "monitoring.events-dropped" ? [portcullis.data] : [];
    });
    expect(told).toMatchObject([{ sink: "late", count: dropped() }]);
  });

  it("holds its bound while more comes than one file at a time, and when nothing comes any more", async () => {
    const disk = new TestDisk();
    const replace = disk.replace.bind(disk);
    // As slow as a busy disk: meanwhile several files are written.
    disk.replace = async (name, text) => {
      await new Promise((done) => setTimeout(done, 10));
      return replace(name, text);
    };
    const none = new ScriptedDestination({ name: "none", recordsMax: 1 });
    none.always = away;
    const { delivery, add } = await delivering(disk, { destinations: [none], ...BOUNDS });
    const bytes = () => disk.segments().reduce((sum, name) => sum + disk.text(name).length, 0);
    for (const n of upTo(2_000)) {
      add(n);
      if (n % 10 === 0) await delivery.flush();
    }
    await delivery.flush();
    await expect.poll(bytes, { timeout: 30_000 }).toBeLessThanOrEqual(BOUNDS.bytesMax + 2 * BOUNDS.segmentBytesMax);
    await addsUp(disk, delivery);
    await delivery.close();
  });

  it("says after a kill what the killed process had not said, or had in its hands only", async () => {
    const disk = new TestDisk();
    const { quick, all } = four();
    const first = await delivering(disk, { destinations: all, ...BOUNDS });
    for (const n of upTo(400)) {
      first.add(n);
      await quick.until(() => quick.taken.length === n);
    }
    const killed = disk.processDies();
    const books = (await spoolStats(killed))?.destinations.find(({ name }) => name === "holding");
    expect(books).toMatchObject({ held: 7, unaccounted: 0 });
    await first.delivery.close();
    const second = four();
    for (const one of second.all) one.always = takeAll;
    const { delivery, add, said } = await delivering(killed, { destinations: second.all, ...BOUNDS });
    add(401);
    for (const one of second.all) await one.until(() => one.taken.some((record) => numberOf(record) === 401));
    await addsUp(killed, delivery);
    await delivery.close();
    const { holding } = second;
    const got = new Set(holding.taken.map(numberOf));
    const never = upTo(400).filter((n) => !got.has(n));
    expect(never.slice(0, 7)).toEqual(upTo(7));
    const told = new Set([...announced(first.said, "holding"), ...announced(said, "holding")]);
    expect(never.filter((n) => !told.has(n))).toEqual([]);
    expect(delivery.snapshot().destinations["holding"]).toMatchObject({ dropped: never.length, lost: 0 });
    // What was said and kept is not said again.
    const third = await delivering(killed, { destinations: four().all, ...BOUNDS });
    expect(third.said).toEqual([]);
    await third.delivery.close();
  });
});

describe("drop-newest", () => {
  it("is seen while it happens, by a destination that came later too, and announced once there is room", async () => {
    const disk = new TestDisk();
    const options = { ...BOUNDS, whenFull: "drop-newest" } as const;
    const { none } = four();
    const one = await delivering(disk, { destinations: [none], ...options });
    const taken = upTo(300).filter((n) => one.add(n)).length;
    expect(one.delivery.snapshot().destinations["none"]?.dropped).toBe(300 - taken);
    const books = async () => (await spoolStats(disk))?.destinations[0]?.dropped;
    // A kill takes from the count what was refused in the last moment only. However busy the machine is: that timer is older.
    await new Promise((done) => setTimeout(done, 100));
    expect(await books()).toBe(300 - taken);
    await addsUp(disk, one.delivery);
    await one.delivery.close();
    const later = four();
    const two = await delivering(disk, { destinations: [later.none, later.quick], ...options });
    expect(two.delivery.snapshot().destinations["quick"]?.dropped).toBe(0);
    expect(two.delivery.snapshot().destinations["none"]?.dropped).toBe(300 - taken);
    expect(two.said.map(({ action }) => action)).toEqual(["monitoring.spool-full"]);
    later.none.always = takeAll;
    for (const each of [later.none, later.quick]) await each.until(() => each.taken.length === taken);
    await two.delivery.close();
    // Those of the life before are told too: it ended before there was room.
    const [dropped, ...more] = two.said.filter(({ action }) => action === "monitoring.events-dropped");
    expect([dropped?.data?.["count"], more]).toEqual([300 - taken, []]);
    expect((await spoolStats(disk))?.isWhole).toBe(true);
  });

  it("announces also what the memory had no room for, while the disk stood still", async () => {
    const disk = new TestDisk();
    const { quick } = four();
    const options = { ...BOUNDS, waitingBytesMax: 2_000 };
    const { delivery, add, said } = await delivering(disk, { destinations: [quick], ...options });
    disk.fault = "EIO";
    const taken = upTo(50).filter((n) => add(n)).length;
    expect(taken).toBeLessThan(50);
    expect(delivery.snapshot().destinations["quick"]?.dropped).toBe(50 - taken);
    disk.fault = undefined;
    await quick.until(() => quick.taken.length === taken);
    await delivery.close();
    const dropped = said.filter(({ action }) => action === "monitoring.events-dropped");
    expect(dropped.map(({ data }) => data)).toMatchObject([{ sink: "spool", count: 50 - taken }]);
  });
});
