// How late an event is on disk: no later than the delay after it came, whatever the log was doing when it came.
import { beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { delivering } from "../delivery/delivering.ts";
import { TestDisk } from "./disk.ts";

const DELAY_MS = 1_000;
/** A timer is set for whole milliseconds, and may be one late. */
const GRAIN_MS = 2;

/** A disk that syncs when it is told to. */
class SlowlySyncingDisk extends TestDisk {
  isSyncing = false;
  #release = Promise.withResolvers<void>();

  override async open(...args: Parameters<TestDisk["open"]>): ReturnType<TestDisk["open"]> {
    const file = await super.open(...args);
    const sync = file.sync.bind(file);
    return Object.assign(file, {
      sync: async () => {
        this.isSyncing = true;
        await this.#release.promise;
        return sync();
      },
    });
  }

  release(): void {
    this.#release.resolve();
  }
}

/** Time passes as the test says: it measures nothing of the machine. */
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const holds = (disk: TestDisk, n: number) => disk.text(disk.segments()[0] ?? "").includes(`event ${n}`);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
});

it("an event that comes while others are synced is written in its time, also where that sync ends before", async () => {
  const disk = new SlowlySyncingDisk();
  const { add, delivery } = await delivering(disk, { delayMs: DELAY_MS });
  add(1);
  await pass(DELAY_MS + GRAIN_MS);
  expect(disk.isSyncing).toBe(true);
  add(2);
  await pass(DELAY_MS * 0.8);
  disk.release();
  await pass(DELAY_MS * 0.2 - GRAIN_MS);
  expect(holds(disk, 2)).toBe(false);
  await pass(2 * GRAIN_MS);
  expect(holds(disk, 2)).toBe(true);
  await delivery.close();
});

it("an event that comes in the middle of a wait is written in its time while a sync takes very long", async () => {
  const disk = new SlowlySyncingDisk();
  const { add, delivery } = await delivering(disk, { delayMs: DELAY_MS });
  add(1);
  await pass(DELAY_MS * 1.5);
  expect(disk.isSyncing).toBe(true);
  add(2);
  await pass(DELAY_MS - GRAIN_MS);
  expect(holds(disk, 2)).toBe(false);
  await pass(2 * GRAIN_MS);
  expect(holds(disk, 2)).toBe(true);
  disk.release();
  await delivery.close();
});

it("an event alone is written after the delay, and another that comes with it no later", async () => {
  const disk = new TestDisk();
  const { add, delivery } = await delivering(disk, { delayMs: DELAY_MS });
  add(1);
  await pass(DELAY_MS * 0.7);
  add(2);
  await pass(DELAY_MS * 0.3 - GRAIN_MS);
  expect(holds(disk, 1)).toBe(false);
  await pass(2 * GRAIN_MS);
  expect([holds(disk, 1), holds(disk, 2), disk.syncs]).toEqual([true, true, 1]);
  await delivery.close();
});
