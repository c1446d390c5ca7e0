// Guards the law of the spool: accepted = delivered + spooled + dead + below level + dropped + lost, whenever the process dies and whatever the disk does.
import { describe, expect, it } from "vitest";
import { spoolStats } from "../../../src/monitoring/index.ts";
import type { SpooledDeliveryOptions } from "../../../src/monitoring/delivery/spooled-delivery.ts";
import { delivering, numberOf } from "../delivery/delivering.ts";
import { answered, away, ScriptedDestination } from "../delivery/scripted-destination.ts";
import { TestDisk } from "./disk.ts";

/** Some is taken, some refused for good, some refused for now, some batches not at all. */
function moody(seed: number): ScriptedDestination {
  const to = new ScriptedDestination({ name: "moody", recordsMax: 7, level: "warn" });
  let turn = seed;
  to.always = (records) => {
    turn += 1;
    if (turn % 5 === 0) return away(records);
    return answered(
      records.map((record) => {
        if (numberOf(record) % 11 === 0) return { dead: "mapping" };
        return (numberOf(record) + turn) % 4 === 0 ? "retry" : "delivered";
      }),
    );
  };
  return to;
}

const SMALL: Partial<SpooledDeliveryOptions> = { segmentBytesMax: 2_000 };

interface Life {
  /** Numbers of events that were committed while the process lived. */
  readonly committed: ReadonlySet<number>;
  readonly steady: ScriptedDestination;
  readonly moody: ScriptedDestination;
}

/** A process that records 50 events, until it is done or its disk dies. */
async function live(disk: TestDisk, first: number): Promise<Life> {
  const steady = new ScriptedDestination({ name: "steady", recordsMax: 9 });
  const difficult = moody(first);
  const committed = new Set<number>();
  const life = { committed, steady, moody: difficult };
  let one;
  try {
    one = await delivering(disk, { ...SMALL, destinations: [steady, difficult], closeMs: 5 });
  } catch {
    return life;
  }
  let waiting: number[] = [];
  for (let n = first; n < first + 50; n += 1) {
    if (one.add(n, n % 3 === 0 ? "info" : "warn")) waiting.push(n);
    if (n % 2 !== 0) continue;
    await one.delivery.flush();
    if (disk.left !== undefined) break;
    for (const m of waiting) committed.add(m);
    waiting = [];
  }
  await one.delivery.close();
  return life;
}

/** Goes on with the folder until everything is delivered. */
async function finish(disk: TestDisk): Promise<Life> {
  const steady = new ScriptedDestination({ name: "steady" });
  const difficult = moody(0);
  const { delivery } = await delivering(disk, { ...SMALL, destinations: [steady, difficult] });
  const left = () => Object.values(delivery.snapshot().destinations).some(({ waiting }) => waiting > 0);
  while (left()) await new Promise((done) => setTimeout(done, 1));
  await delivery.close();
  return { committed: new Set(), steady, moody: difficult };
}

async function isWhole(disk: TestDisk): Promise<void> {
  const stats = await spoolStats(disk);
  expect(stats?.destinations.map(({ name, unaccounted }) => [name, unaccounted])).toEqual(
    stats?.destinations.map(({ name }) => [name, 0]),
  );
}

function deadNumbers(disk: TestDisk): number[] {
  const lines = disk.text("dead-moody.ndjson").split("\n").slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { event: { event: { sequence: number } } }).event.event.sequence);
}

describe("a process that dies at any operation on its disk", () => {
  it.each(["killed", "powerless"] as const)(
    "loses nothing that was committed, and the books are right: %s",
    async (how) => {
      let lives = 0;
      for (let at = 1; ; at += 1) {
        const disk = new TestDisk();
        disk.dieAt = at;
        const life = await live(disk, 1);
        if (disk.left === undefined) break;
        const found = disk.left[how];
        await isWhole(found);
        const after = await finish(found);
        await isWhole(found);
        const steady = new Set([...life.steady.taken, ...after.steady.taken].map(numberOf));
        expect([...life.committed].filter((n) => !steady.has(n))).toEqual([]);
        const difficult = new Set([
          ...[...life.moody.taken, ...after.moody.taken].map(numberOf),
          ...deadNumbers(found),
        ]);
        expect([...life.committed].filter((n) => n % 3 !== 0 && !difficult.has(n))).toEqual([]);
        lives += 1;
      }
      expect(lives).toBeGreaterThanOrEqual(60);
    },
  );

  it("two hundred times in a row on one folder", async () => {
    let disk = new TestDisk();
    const committed = new Set<number>();
    const arrived = new Set<number>();
    let at = 7;
    for (let i = 0; i < 200; i += 1) {
      at = (at * 31 + 17) % 97;
      disk.dieAt = 1 + at;
      const life = await live(disk, 1 + i * 50);
      for (const n of life.committed) committed.add(n);
      for (const record of life.steady.taken) arrived.add(numberOf(record));
      disk = disk.left === undefined ? disk.processDies() : i % 2 === 0 ? disk.left.killed : disk.left.powerless;
      await isWhole(disk);
    }
    const after = await finish(disk);
    for (const record of after.steady.taken) arrived.add(numberOf(record));
    await isWhole(disk);
    expect(committed.size).toBeGreaterThan(1_000);
    expect([...committed].filter((n) => !arrived.has(n))).toEqual([]);
  });
});
