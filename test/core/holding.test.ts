// What guards hold for an exchange is given back once, when it ends; and how long a guard may wait on purpose.
import { describe, expect, it, vi } from "vitest";
import { Exchange, type RequestHead } from "../../src/core/exchange.ts";
import { CONTINUE, deny, type Outcome } from "../../src/core/outcome.ts";
import { GUARD_DEADLINE_MS, runRequestGuards } from "../../src/core/run.ts";

const LATER = { lines: ["Retry-After", "5"] };
const newExchange = (): Exchange => new Exchange("id", {} as RequestHead, 0, 0);

describe("what an exchange holds", () => {
  it("is given back at its end, once, in the order in which it was taken", () => {
    const given: string[] = [];
    const exchange = newExchange();
    for (const what of ["a", "b", "c"]) exchange.hold(() => void given.push(what));
    expect(given).toEqual([]);
    exchange.release();
    exchange.release();
    expect(given).toEqual(["a", "b", "c"]);
  });

  it("is given back at once where it has ended already", () => {
    const exchange = newExchange();
    exchange.release();
    let given = 0;
    exchange.hold(() => void (given += 1));
    expect(given).toBe(1);
  });
});

describe("a guard that waits on purpose", () => {
  it.each([
    ["its own deadline", 60_000, 59_999, undefined],
    ["its own deadline", 60_000, 60_001, "transport.guard-late"],
    ["the runner's", undefined, GUARD_DEADLINE_MS + 1, "transport.guard-late"],
  ] as const)("has %s", async (_whose, deadlineMs, waits, reason) => {
    vi.useFakeTimers();
    const check = (): Promise<Outcome> => new Promise((resolve) => setTimeout(() => resolve(CONTINUE), waits));
    const own = deadlineMs === undefined ? {} : { deadlineMs };
    const guard = { practice: "rate-limiting", name: "rate-limiting.a", mode: "enforce", check, ...own } as const;
    const ending = runRequestGuards([guard], newExchange());
    await vi.advanceTimersByTimeAsync(waits);
    vi.useRealTimers();
    expect((await ending) as { reason?: string } | undefined).toEqual(reason && deny(reason, LATER));
  });
});
