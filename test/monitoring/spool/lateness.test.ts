// How late an event is on disk: no later than the delay after it came, whatever the log was doing when it came.
import { expect, it } from "vitest";
import { delivering } from "../delivery/delivering.ts";
import { TestDisk } from "./disk.ts";

const DELAY_MS = 1_000;

/** A disk that syncs when it is told to. */
class SlowlySyncingDisk extends TestDisk {
  syncing = Promise.withResolvers<void>();
  #release = Promise.withResolvers<void>();

  override async open(...args: Parameters<TestDisk["open"]>): ReturnType<TestDisk["open"]> {
    const file = await super.open(...args);
    const sync = file.sync.bind(file);
    return Object.assign(file, {
      sync: async () => {
        this.syncing.resolve();
        await this.#release.promise;
        return sync();
      },
    });
  }

  release(): void {
    this.#release.resolve();
  }
}

const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it("an event that comes while others are synced is written in its time, also where that sync ends before", async () => {
  const disk = new SlowlySyncingDisk();
  const { add, delivery } = await delivering(disk, { delayMs: DELAY_MS });
  add(1);
  await disk.syncing.promise;
  add(2);
  const cameMs = performance.now();
  await pause(DELAY_MS * 0.8);
  expect(disk.text(disk.segments()[0] ?? "")).not.toContain("event 2");
  disk.release();
  await until(() => disk.text(disk.segments()[0] ?? "").includes("event 2"));
  const ageMs = performance.now() - cameMs;
  expect(ageMs).toBeGreaterThan(DELAY_MS * 0.9);
  expect(ageMs).toBeLessThan(DELAY_MS * 1.5);
  await delivery.close();
});

it("an event that comes in the middle of a wait is written in its time while a sync takes very long", async () => {
  const disk = new SlowlySyncingDisk();
  const { add, delivery } = await delivering(disk, { delayMs: DELAY_MS });
  add(1);
  await disk.syncing.promise;
  await pause(DELAY_MS * 0.5);
  add(2);
  const cameMs = performance.now();
  await until(() => disk.text(disk.segments()[0] ?? "").includes("event 2"));
  expect(performance.now() - cameMs).toBeGreaterThan(DELAY_MS * 0.9);
  expect(performance.now() - cameMs).toBeLessThan(DELAY_MS * 1.5);
  disk.release();
  await delivery.close();
});

it("an event alone is written after the delay, and another that comes with it no later", async () => {
  const disk = new TestDisk();
  const { add, delivery } = await delivering(disk, { delayMs: DELAY_MS });
  add(1);
  const cameMs = performance.now();
  await pause(DELAY_MS * 0.7);
  add(2);
  await until(() => disk.segments().length > 0 && disk.text(disk.segments()[0] ?? "").includes("event 2"));
  expect(performance.now() - cameMs).toBeLessThan(DELAY_MS * 1.5);
  expect(disk.syncs).toBe(1);
  await delivery.close();
});
