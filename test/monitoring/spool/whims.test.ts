// Guards the books against whims: a destination that says something else each time, a disk that fails now and then, and ends of every kind, by chance with a seed.
import { expect, it } from "vitest";
import { askRetry, spoolStats } from "../../../src/monitoring/index.ts";
import type { RecordOutcome } from "../../../src/monitoring/delivery/destination.ts";
import { parseCursor } from "../../../src/monitoring/spool/state-file.ts";
import { delivering } from "../delivery/delivering.ts";
import { answered, away, ScriptedDestination } from "../delivery/scripted-destination.ts";
import { TestDisk } from "./disk.ts";

type Chance = (below: number) => number;

/** The same numbers for the same seed. */
function chances(seed: number): Chance {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const OUTCOMES: readonly RecordOutcome[] = ["delivered", "delivered", "retry", { dead: "mapping" }];

function whimsical(chance: Chance): ScriptedDestination {
  const to = new ScriptedDestination({ recordsMax: 7 });
  to.always = (records) =>
    chance(6) === 0 ? away(records) : answered(records.map(() => OUTCOMES[chance(OUTCOMES.length)] as RecordOutcome));
  return to;
}

/** What is wrong with the books of a folder. */
async function wrongIn(disk: TestDisk): Promise<unknown[]> {
  const cursor = disk.text("cursor-scripted.json");
  const stats = await spoolStats(disk);
  const wrong = stats?.destinations.filter(({ unaccounted }) => unaccounted !== 0) ?? ["no stats"];
  return cursor === "" || parseCursor(cursor) !== undefined ? wrong : [...wrong, cursor];
}

type How = "block" | "drop-oldest" | "yielding";

/** One life on the folder; what is left of it. */
async function live(disk: TestDisk, chance: Chance, how: How): Promise<TestDisk> {
  const to = Object.assign(whimsical(chance), { yields: how === "yielding" });
  const whenFull = how === "yielding" ? "block" : how;
  const bounds = { bytesMax: 12_000, segmentBytesMax: 2_000, whenFull, closeMs: 5 } as const;
  const one = await delivering(disk, { ...bounds, destinations: [to], runner: { reviveEveryMs: 1 } });
  let fails = 0;
  for (let n = 0; n < 60; n += 1) {
    one.add(n);
    if (chance(12) === 0) disk.fault = "EIO";
    if (chance(12) === 0) disk.syncFault = "EIO";
    if (disk.fault !== undefined || disk.syncFault !== undefined) fails += 1;
    if (fails > 3) {
      disk.fault = disk.syncFault = undefined;
      fails = 0;
    }
    if (chance(15) === 0 && disk.fault === undefined) await askRetry(disk, "scripted", {});
    if (chance(3) === 0) await new Promise((done) => setTimeout(done, 1));
    else await new Promise((done) => setImmediate(done));
  }
  const end = chance(3);
  const left = end === 0 ? disk.processDies() : disk.powerFails();
  disk.fault = disk.syncFault = undefined;
  await one.delivery.close();
  return end === 2 ? disk : left;
}

it.each(["block", "drop-oldest", "yielding"] as const)("twelve lives on each of ten folders: %s", async (how) => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const chance = chances(seed);
    let disk = new TestDisk();
    for (let life = 0; life < 12; life += 1) {
      disk = await live(disk, chance, how);
      expect([seed, life, await wrongIn(disk)]).toEqual([seed, life, []]);
    }
  }
});
