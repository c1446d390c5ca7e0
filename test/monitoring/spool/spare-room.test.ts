// Guards what is answered while a disk becomes full: it is recorded all the same, or counted where even that cannot be, however the process ends.
import { describe, expect, it } from "vitest";
import { spoolStats } from "../../../src/monitoring/index.ts";
import type { SpooledDeliveryOptions } from "../../../src/monitoring/delivery/spooled-delivery.ts";
import { delivering, numberOf, upTo } from "../delivery/delivering.ts";
import { away, ScriptedDestination } from "../delivery/scripted-destination.ts";
import { TestDisk } from "./disk.ts";

const SPARE = { spareBytes: 4_000, segmentBytesMax: 2_000, bytesMax: 1_000_000 } as const;

/** Adds until nothing is taken any more, on a disk with little room left: what was taken counts as answered. */
async function filled(options: Partial<SpooledDeliveryOptions>) {
  const disk = new TestDisk();
  const late = new ScriptedDestination({ name: "late" });
  late.always = away;
  const made = await delivering(disk, { destinations: [late], ...SPARE, ...options });
  const used = disk.names().reduce((sum, name) => sum + disk.size(name), 0);
  disk.capacity = used + 3_000;
  const answered: number[] = [];
  // As a gate does it: who is blocked answers nothing.
  for (let n = 1; n <= 60 && !made.delivery.blocked; n += 1) {
    if (made.add(n)) answered.push(n);
    // The others would wait for each try of a disk that takes nothing any more.
    if (options.whenFull === "drop-oldest" || !made.delivery.snapshot().spool.failing) await made.delivery.flush();
  }
  return { ...made, disk, answered };
}

/** What the next life delivers, on a disk with room again, and what the books say then. */
async function nextLife(disk: TestDisk, options: Partial<SpooledDeliveryOptions>) {
  disk.capacity = Number.POSITIVE_INFINITY;
  const late = new ScriptedDestination({ name: "late" });
  const { delivery, add, said } = await delivering(disk, { destinations: [late], ...SPARE, ...options });
  await expect.poll(() => delivery.blocked, { timeout: 30_000, interval: 2 }).toBe(false);
  await expect.poll(() => add(1_000), { timeout: 30_000, interval: 2 }).toBe(true);
  await late.until(() => late.taken.some((one) => numberOf(one) === 1_000));
  await delivery.close();
  const stats = await spoolStats(disk);
  const { accepted, dropped, lost, unaccounted } = stats?.destinations[0] ?? {};
  const announced = said
    .filter(({ action }) => action === "monitoring.events-dropped")
    .reduce((sum, { data }) => sum + (data?.["count"] as number), 0);
  return { got: late.taken.map(numberOf).filter((n) => n < 1_000), accepted, dropped, lost, unaccounted, announced };
}

type Life = Awaited<ReturnType<typeof filled>>;

async function killed({ disk, answered }: Life): Promise<TestDisk> {
  const books = async () => (await spoolStats(disk.processDies()))?.destinations[0]?.accepted;
  // What is counted is written a moment later.
  await expect.poll(books, { timeout: 30_000, interval: 2 }).toBeGreaterThanOrEqual(answered.length);
  return disk.processDies();
}

async function stopped({ disk, delivery }: Life): Promise<TestDisk> {
  await delivery.close();
  return disk;
}

describe.each([
  ["kill -9", killed],
  ["a stop", stopped],
])("on a full disk, after %s", (_how, end) => {
  it.each(["block", "drop-newest"] as const)("%s has every event that was taken", async (whenFull) => {
    const life = await filled({ whenFull });
    expect(life.answered.length).toBeGreaterThan(10);
    expect(life.answered.length).toBeLessThan(60);
    expect(life.delivery.snapshot().spool.refused > 0).toBe(whenFull === "drop-newest");
    const { got, lost, unaccounted } = await nextLife(await end(life), { whenFull });
    expect([got, lost, unaccounted]).toEqual([life.answered, 0, 0]);
    await life.delivery.close();
  });

  it.each(["block", "drop-newest"] as const)(
    "%s without spare room counts what it could not keep",
    async (whenFull) => {
      const options = { whenFull, spareBytes: 0, closeMs: 20 };
      const life = await filled(options);
      const { got, accepted, dropped, unaccounted, announced } = await nextLife(await end(life), options);
      expect(got.length).toBeLessThan(life.answered.length);
      expect([accepted, dropped, unaccounted]).toEqual([
        life.answered.length + 1,
        life.answered.length - got.length,
        0,
      ]);
      expect(announced).toBe(dropped);
      await life.delivery.close();
    },
  );
});

it.each([
  ["the oldest file", 2_000],
  ["the only file", 100_000],
])("with drop-oldest the spare is there again as soon as %s went", async (_what, segmentBytesMax) => {
  const life = await filled({ whenFull: "drop-oldest", segmentBytesMax });
  expect(life.answered).toEqual(upTo(60));
  await expect.poll(() => life.disk.size("spare"), { timeout: 30_000, interval: 2 }).toBe(SPARE.spareBytes);
  const { got, lost, unaccounted } = await nextLife(life.disk.processDies(), { whenFull: "drop-oldest" });
  expect(got).toContain(60);
  expect([lost, unaccounted]).toEqual([0, 0]);
  await life.delivery.close();
});

it("a spare that cannot be had for another reason than room has nobody refused", async () => {
  const disk = new TestDisk();
  const open = disk.open.bind(disk);
  disk.open = (name, access) =>
    name === "spare" ? Promise.reject(Object.assign(new Error("EISDIR"), { code: "EISDIR" })) : open(name, access);
  const late = new ScriptedDestination({ name: "late" });
  const { delivery, add } = await delivering(disk, { destinations: [late], ...SPARE });
  expect([delivery.blocked, delivery.failing(), add(1)]).toEqual([false, [], true]);
  await late.until(() => late.taken.length === 1);
  await delivery.close();
});

it("tells that the disk is full, and goes on by itself once it has room", async () => {
  const { delivery, disk, said, add } = await filled({ whenFull: "block" });
  expect(said.map(({ message }) => message)).toContain(
    "The disk of the spool is full. Requests are refused with 503 until it has room.",
  );
  expect([delivery.blocked, delivery.failing()]).toEqual([true, ["spool"]]);
  disk.capacity = Number.POSITIVE_INFINITY;
  await expect.poll(() => delivery.blocked, { timeout: 30_000, interval: 2 }).toBe(false);
  expect(disk.size("spare")).toBe(SPARE.spareBytes);
  expect(add(100)).toBe(true);
  await delivery.close();
});

it.each(["block", "drop-newest"] as const)(
  "%s: a start on that disk delivers what there is, and makes room by that",
  async (whenFull) => {
    const life = await filled({ whenFull });
    const disk = life.disk.processDies();
    // The disk is as full as it was.
    disk.capacity = disk.names().reduce((sum, name) => sum + disk.size(name), 0);
    const late = new ScriptedDestination({ name: "late" });
    const { delivery } = await delivering(disk, { destinations: [late], ...SPARE, whenFull });
    await expect.poll(() => late.taken.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(life.answered.length);
    await expect.poll(() => delivery.snapshot().spool.full, { timeout: 30_000, interval: 2 }).toBe(false);
    expect(late.taken.map(numberOf)).toEqual(life.answered);
    await delivery.close();
    await life.delivery.close();
  },
);
