// The runner of request guards: modes, faults, deadlines and hooks, whatever the guards do.
import { array, assert, asyncProperty, constantFrom, record } from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Exchange, type RequestHead } from "../../src/core/exchange.ts";
import type { RequestGuard } from "../../src/core/guard.ts";
import { CONTINUE, deny, type Outcome } from "../../src/core/outcome.ts";
import { GUARD_DEADLINE_MS, runRequestGuards } from "../../src/core/run.ts";

type Says = "continue" | "deny" | "replace" | "answer" | "undefined" | "null" | "nonsense" | "throw";
type When = "sync" | "async" | "reject" | "hang";
type Hook = "none" | "sync" | "async" | "throw" | "reject" | "hang";

interface Planned {
  readonly mode: "enforce" | "monitor";
  readonly says: Says;
  readonly when: When;
  readonly hook: Hook;
}

const OUTCOMES: Record<Exclude<Says, "throw">, Outcome> = {
  continue: CONTINUE,
  deny: deny("validation.request-invalid"),
  replace: { kind: "replace", bytes: new Uint8Array([1]), what: "sanitized" },
  answer: { kind: "answer", status: 204, lines: [] },
  undefined: undefined as unknown as Outcome,
  null: null as unknown as Outcome,
  nonsense: { kind: "pass" } as unknown as Outcome,
};

const newExchange = (): Exchange => new Exchange("id", {} as RequestHead, 0, 0);

function guardOf(plan: Planned, index: number, ran: string[], withHooks: boolean): RequestGuard {
  const name = `validation.g${index}` as const;
  const guard: RequestGuard = {
    practice: "validation",
    name,
    mode: plan.mode,
    check: () => {
      ran.push(name);
      if (plan.when === "hang") return new Promise<Outcome>(() => undefined);
      if (plan.when === "reject") return Promise.reject(new Error("store away"));
      if (plan.says === "throw") {
        if (plan.when === "sync") throw new Error("bug");
        return Promise.resolve().then(() => {
          throw new Error("bug");
        });
      }
      const outcome = OUTCOMES[plan.says];
      return plan.when === "sync" ? outcome : Promise.resolve(outcome);
    },
  };
  if (!withHooks || plan.hook === "none") return guard;
  return { ...guard, denied: () => hookOf(plan.hook) };
}

function hookOf(hook: Hook): void | Promise<void> {
  switch (hook) {
    case "throw":
      throw new Error("hook");
    case "async":
      return Promise.resolve();
    case "reject":
      return Promise.reject(new Error("hook"));
    case "hang":
      return new Promise(() => undefined);
    case "sync":
    case "none":
      return undefined;
  }
}

async function runAll(plans: readonly Planned[], withHooks: boolean) {
  const ran: string[] = [];
  const exchange = newExchange();
  const guards = plans.map((plan, index) => guardOf(plan, index, ran, withHooks));
  const settled = Promise.resolve(runRequestGuards(guards, exchange));
  // Each guard and each round of hooks may use its whole deadline.
  await vi.advanceTimersByTimeAsync(GUARD_DEADLINE_MS * (2 * plans.length + 1));
  return { ending: await settled, ran, exchange };
}

/** What the enforced guards alone must come to: the first that does not let pass ends it. */
function expected(plans: readonly Planned[]): { ran: number; kind: string | undefined; reason?: string } {
  for (const [index, plan] of plans.entries()) {
    if (plan.mode === "monitor") continue;
    const ran = index + 1;
    if (plan.when === "hang") return { ran, kind: "deny", reason: "transport.guard-late" };
    if (plan.when === "reject" || plan.says === "throw") return { ran, kind: "deny", reason: "transport.guard-failed" };
    if (plan.says === "continue" || plan.says === "replace") continue;
    if (plan.says === "answer") return { ran, kind: "answer" };
    if (plan.says === "deny") return { ran, kind: "deny", reason: "validation.request-invalid" };
    return { ran, kind: "deny", reason: "transport.guard-failed" };
  }
  return { ran: plans.length, kind: undefined };
}

const plan = record<Planned>({
  mode: constantFrom("enforce", "monitor"),
  says: constantFrom("continue", "continue", "deny", "replace", "answer", "undefined", "null", "nonsense", "throw"),
  when: constantFrom("sync", "sync", "async", "async", "reject", "hang"),
  hook: constantFrom("none", "sync", "async", "throw", "reject", "hang"),
});

describe("request guards", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("run the same and end the same with hooks as without, in any mixture", async () => {
    await assert(
      asyncProperty(array(plan, { maxLength: 6 }), async (plans) => {
        const bare = await runAll(plans, false);
        const hooked = await runAll(plans, true);
        const want = expected(plans);
        for (const { ending, ran, exchange } of [bare, hooked]) {
          expect(ran).toHaveLength(want.ran);
          expect(ending?.kind).toBe(want.kind);
          expect(ending?.kind === "deny" ? ending.reason : undefined).toBe(want.reason);
          expect(exchange.denial?.reason).toBe(want.reason);
          expect(exchange.deniedBy).toBe(want.kind === "deny" ? `validation.g${want.ran - 1}` : undefined);
        }
        expect(hooked.exchange.notes).toEqual(bare.exchange.notes);
      }),
      { numRuns: 400 },
    );
  });

  it("in monitor change nothing: no ending, no bytes, no denial", async () => {
    await assert(
      asyncProperty(array(plan, { minLength: 1, maxLength: 5 }), async (plans) => {
        const monitored = plans.map((one) => ({ ...one, mode: "monitor" as const }));
        const { ending, ran, exchange } = await runAll(monitored, true);
        expect(ending).toBeUndefined();
        expect(ran).toHaveLength(plans.length);
        expect(exchange.denial).toBeUndefined();
        expect(exchange.deniedBy).toBeUndefined();
        expect(exchange.body.kind).toBe("unread");
        expect(exchange.answerFields).toEqual([]);
        const noticed = monitored.filter(
          (one) => one.says !== "continue" || one.when === "hang" || one.when === "reject",
        );
        expect(exchange.notes).toHaveLength(noticed.length);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ["throws", "throw", "sync"],
    ["rejects", "continue", "reject"],
    ["gives undefined", "undefined", "sync"],
    ["gives undefined later", "undefined", "async"],
  ] as const)("one that %s denies where it enforces, and is noted where it monitors", async (_name, says, when) => {
    const enforced = await runAll([{ mode: "enforce", says, when, hook: "none" }], true);
    expect(enforced.ending).toMatchObject({ kind: "deny", reason: "transport.guard-failed" });
    expect(enforced.exchange.fault).toBeInstanceOf(Error);
    expect(enforced.exchange.faultBy).toBe("validation.g0");
    const monitored = await runAll([{ mode: "monitor", says, when, hook: "none" }], true);
    expect(monitored.ending).toBeUndefined();
    expect(monitored.exchange.notes).toMatchObject([
      { guard: "validation.g0", kind: "would-deny", denial: { reason: "transport.guard-failed" } },
    ]);
    expect(monitored.exchange.faultBy).toBe("validation.g0");
  });

  it("answer at once where all do", () => {
    const ran: string[] = [];
    const plans: Planned[] = [
      { mode: "enforce", says: "continue", when: "sync", hook: "sync" },
      { mode: "monitor", says: "deny", when: "sync", hook: "sync" },
      { mode: "enforce", says: "deny", when: "sync", hook: "sync" },
    ];
    const guards = plans.map((one, index) => guardOf(one, index, ran, true));
    expect(runRequestGuards(guards, newExchange())).toMatchObject({ kind: "deny" });
  });

  it("wait no longer than the deadline, and a late result changes nothing any more", async () => {
    let release: (outcome: Outcome) => void = () => undefined;
    const guard: RequestGuard = {
      practice: "validation",
      name: "validation.slow",
      mode: "enforce",
      check: () => new Promise((resolve) => (release = resolve)),
    };
    const exchange = newExchange();
    const settled = runRequestGuards([guard], exchange) as Promise<unknown>;
    await vi.advanceTimersByTimeAsync(GUARD_DEADLINE_MS);
    expect(await settled).toMatchObject({ reason: "transport.guard-late", lines: ["Retry-After", "5"] });
    release(CONTINUE);
    await vi.runAllTimersAsync();
    expect(exchange.denial?.reason).toBe("transport.guard-late");
  });
});
