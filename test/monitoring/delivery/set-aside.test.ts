// Guards what was set aside: it stays so over restarts, kills and failing disks, whatever the destination would say the next time, and is one of the books' numbers, once.
import { describe, expect, it } from "vitest";
import { askRetry, spoolStats } from "../../../src/monitoring/index.ts";
import { readCursor } from "../../../src/monitoring/spool/state-file.ts";
import { TestDisk } from "../spool/disk.ts";
import { delivering, numberOf, upTo } from "./delivering.ts";
import { answered, away, ScriptedDestination } from "./scripted-destination.ts";

const SMALL = { segmentBytesMax: 2_000, runner: { reviveEveryMs: 1 } } as const;

/** The first for now, the second for good, all others not at all. */
function difficult(): ScriptedDestination {
  const to = new ScriptedDestination();
  to.always = (records) =>
    answered(
      records.map((record) => {
        if (numberOf(record) === 1) return "retry";
        return numberOf(record) === 2 ? { dead: "mapping" } : "delivered";
      }),
    );
  return to;
}

async function booksOf(disk: TestDisk) {
  const stats = await spoolStats(disk);
  const { delivered, dead, dropped, unaccounted } = stats!.destinations[0]!;
  return { delivered, dead, dropped, unaccounted };
}

/** Numbers from 1, of which the second is a dead letter and the cursor still waits at the first. */
async function withOneAhead(disk: TestDisk, last: number, bounds = {}): Promise<TestDisk> {
  const to = difficult();
  const { delivery, add } = await delivering(disk, { ...SMALL, ...bounds, destinations: [to] });
  for (const n of upTo(last)) {
    add(n);
    await delivery.flush();
    await to.until(() => to.batches.flat().some((record) => numberOf(record) === n));
  }
  await to.until(() => to.taken.length === last - 2);
  const killed = disk.processDies();
  await delivery.close();
  expect(disk.text("dead-scripted.ndjson")).toContain('"position":2');
  return killed;
}

describe("a dead letter ahead of the cursor", () => {
  it.each(["ended", "killed"])(
    "is not offered after a restart, and counts once; asked for, it is taken once: %s",
    async (how) => {
      const disk = new TestDisk();
      const killed = await withOneAhead(disk, 30);
      const found = how === "killed" ? killed : disk;
      const to = new ScriptedDestination();
      const { delivery } = await delivering(found, { ...SMALL, destinations: [to] });
      const now = () => delivery.snapshot().destinations["scripted"]!;
      await to.until(() => to.taken.length === 29);
      await expect.poll(async () => (await booksOf(found)).delivered).toBe(29);
      expect(to.taken.map(numberOf)).not.toContain(2);
      expect(await booksOf(found)).toEqual({ delivered: 29, dead: 1, dropped: 0, unaccounted: 0 });
      expect(now()).toMatchObject({ delivered: 29, dead: 1, waiting: 0 });
      await askRetry(found, "scripted", {});
      await to.until(() => to.taken.length === 30);
      await expect.poll(async () => (await booksOf(found)).delivered).toBe(30);
      await delivery.close();
      expect(to.taken.map(numberOf).filter((n) => n === 2)).toHaveLength(1);
      expect(await booksOf(found)).toEqual({ delivered: 30, dead: 0, dropped: 0, unaccounted: 0 });
      expect(await readCursor(found, "scripted")).toMatchObject({ next: 31, delivered: 30, dead: 0 });
    },
  );

  it("is not dropped when its file is, before or after the kill", async () => {
    const bounds = { bytesMax: 20_000, whenFull: "drop-oldest" } as const;
    const disk = new TestDisk();
    const killed = await withOneAhead(disk, 200, bounds);
    expect((await booksOf(killed)).unaccounted).toBe(0);
    const to = new ScriptedDestination();
    to.always = away;
    const { delivery, add } = await delivering(killed, { ...SMALL, ...bounds, destinations: [to] });
    const now = () => delivery.snapshot().destinations["scripted"]!;
    const { dropped } = now();
    expect(await booksOf(killed)).toMatchObject({ dropped, unaccounted: 0 });
    to.always = (records) => answered(records.map(() => "delivered"));
    add(201);
    await to.until(() => to.taken.some((record) => numberOf(record) === 201));
    await delivery.close();
    const books = await booksOf(killed);
    expect(books).toMatchObject({ dead: 1, dropped, unaccounted: 0 });
    expect(now()).toMatchObject({ dead: 1, dropped, delivered: books.delivered, waiting: 0 });
    expect(books.delivered + dropped + 1).toBe(201);
  });

  it("is of no book that began after it: asked for, it is taken, and nothing becomes negative", async () => {
    const disk = new TestDisk();
    await withOneAhead(disk, 10);
    disk.edit("cursor-scripted.json", () => Buffer.from("{}"));
    const to = new ScriptedDestination();
    const { delivery } = await delivering(disk, { ...SMALL, destinations: [to] });
    await to.until(() => to.taken.length === 9);
    await expect.poll(async () => (await booksOf(disk)).delivered).toBe(9);
    expect(await booksOf(disk)).toEqual({ delivered: 9, dead: 1, dropped: 0, unaccounted: 0 });
    await delivery.close();
    // By now the record itself is gone, too.
    for (const name of disk.segments()) await disk.remove(name);
    disk.edit("cursor-scripted.json", () => Buffer.from("{}"));
    const two = await delivering(disk, { ...SMALL, destinations: [to] });
    await askRetry(disk, "scripted", {});
    await to.until(() => to.taken.length === 10);
    two.add(11);
    await to.until(() => to.taken.length === 11);
    await two.delivery.close();
    expect(await booksOf(disk)).toEqual({ delivered: 1, dead: 0, dropped: 0, unaccounted: 0 });
    expect(await readCursor(disk, "scripted")).toMatchObject({ delivered: 1, dead: 0 });
  });
});

describe("a disk that takes no dead letter", () => {
  it.each(["write", "sync"])(
    "keeps nobody from the rest, and what was refused for good is not offered again: %s",
    async (what) => {
      const disk = new TestDisk();
      const to = difficult();
      const open = disk.open.bind(disk);
      let isBroken = true;
      disk.open = async (name, access) => {
        const file = await open(name, access);
        if (!name.startsWith("dead-")) return file;
        const failing = (does: string) => isBroken && does === what;
        const eio = () => Promise.reject(Object.assign(new Error("EIO"), { code: "EIO" }));
        return {
          ...file,
          write: (bytes, offset, at) => (failing("write") ? eio() : file.write(bytes, offset, at)),
          sync: () => (failing("sync") ? eio() : file.sync()),
        };
      };
      const { delivery, add } = await delivering(disk, { ...SMALL, destinations: [to] });
      const now = () => delivery.snapshot().destinations["scripted"]!;
      for (const n of upTo(30)) add(n);
      await to.until(() => to.taken.length === 28);
      // It would take everything now: what it refused for good is set aside all the same.
      to.always = (records) => answered(records.map(() => "delivered"));
      await to.until(() => to.taken.length === 29);
      for (const n of [31, 32, 33]) {
        add(n);
        await to.until(() => to.taken.some((record) => numberOf(record) === n));
      }
      expect(now().dead).toBe(0);
      isBroken = false;
      await expect.poll(() => now().dead).toBe(1);
      await delivery.close();
      expect(to.taken.map(numberOf)).not.toContain(2);
      expect(disk.text("dead-scripted.ndjson").split("\n")).toHaveLength(2);
      expect(await booksOf(disk)).toEqual({ delivered: 32, dead: 1, dropped: 0, unaccounted: 0 });
    },
  );
});
