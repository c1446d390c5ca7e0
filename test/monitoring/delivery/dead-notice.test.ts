// Guards against a record that fills itself: what is told of dead letters is refused as well.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SystemEvent } from "../../../src/core/record.ts";
import { DeadNotice } from "../../../src/monitoring/delivery/dead-notice.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("dead letters", () => {
  it("are told at once, then once a minute with how many there were, and never by themselves", () => {
    const told: SystemEvent[] = [];
    const notice: DeadNotice = new DeadNotice("splunk", (event) => {
      told.push(event);
      // The destination refuses this event too.
      queueMicrotask(() => notice.take(1, "again", "refused"));
    });
    notice.take(3, "first", "refused");
    expect(told.map(({ data }) => data?.["count"])).toEqual([3]);
    for (let i = 0; i < 50; i += 1) notice.take(1, `more-${i}`, "refused");
    expect(told).toHaveLength(1);
    vi.advanceTimersByTime(60_000);
    expect(told.map(({ data }) => data?.["count"])).toEqual([3, 50]);
  });

  it("that were not told yet are told at the end", () => {
    const told: SystemEvent[] = [];
    const notice = new DeadNotice("splunk", (event) => told.push(event));
    notice.take(1, "a", "refused");
    notice.take(2, "b", "refused");
    notice.close();
    expect(told.map(({ data }) => data?.["count"])).toEqual([1, 2]);
  });
});
