// What the runners tell of each guard, for exchanges that are traced: in order, whatever the guard does; nothing for others.
import { describe, expect, it } from "vitest";
import { planAnswer, judgeAnswerBody, type AnswerPlan } from "../../src/core/answer.ts";
import { Exchange, type RequestHead } from "../../src/core/exchange.ts";
import { bindGate } from "../../src/core/gate.ts";
import type { RequestGuard, ResponseGuard } from "../../src/core/guard.ts";
import { CONTINUE, deny, type Outcome } from "../../src/core/outcome.ts";
import { runRequestGuards } from "../../src/core/run.ts";
import { GuardTiming } from "../../src/core/timing.ts";

/** Every look at it takes a millisecond. */
function traced(): { exchange: Exchange; timing: GuardTiming } {
  let now = 0;
  const timing = new GuardTiming({ nowMs: () => now, monotonicMs: () => (now += 1) });
  const exchange = new Exchange("id", { method: "GET" } as RequestHead, 0, 0);
  exchange.timing = timing;
  return { exchange, timing };
}

const guard = (name: string, check: () => Outcome | Promise<Outcome>): RequestGuard => ({
  practice: "validation",
  name: `validation.${name}`,
  mode: "enforce",
  check,
});

const GUARDS = [
  guard("sync", () => CONTINUE),
  guard("async", () => Promise.resolve(CONTINUE)),
  guard("denies", () => deny("validation.request-invalid")),
  guard("never", () => CONTINUE),
];

describe("request guards", () => {
  it("are measured up to the one that denies", async () => {
    const { exchange, timing } = traced();
    await runRequestGuards(GUARDS, exchange);
    expect(timing.times).toEqual([
      { guard: "validation.sync", startedMs: 1, durationMs: 1 },
      { guard: "validation.async", startedMs: 3, durationMs: 1 },
      { guard: "validation.denies", startedMs: 5, durationMs: 1 },
    ]);
  });

  it("are measured where they throw and where they reject", async () => {
    const { exchange, timing } = traced();
    const broken = [
      {
        ...guard("throws", () => {
          throw new Error("bug");
        }),
        mode: "monitor" as const,
      },
      { ...guard("rejects", () => Promise.reject(new Error("bug"))), mode: "monitor" as const },
    ];
    await runRequestGuards(broken, exchange);
    expect(timing.times.map((time) => time.guard)).toEqual(["validation.throws", "validation.rejects"]);
  });

  it("are not measured where the exchange is not traced", async () => {
    const exchange = new Exchange("id", {} as RequestHead, 0, 0);
    await runRequestGuards(GUARDS, exchange);
    expect(exchange.timing).toBeUndefined();
  });
});

describe("response guards", () => {
  it("are measured over head and body, one that throws as well", () => {
    const { exchange, timing } = traced();
    const response: ResponseGuard[] = [
      { practice: "transport", name: "transport.head", mode: "enforce", on: "every", head: () => CONTINUE },
      {
        practice: "validation",
        name: "validation.body",
        mode: "monitor",
        on: "upstream",
        body: () => {
          throw new Error("bug");
        },
      },
    ];
    const gate = bindGate({
      operation: undefined,
      head: [],
      body: [],
      response,
      bodyBytesMax: 1,
      bodyLimitMode: "enforce",
      answerBytesMax: 1,
    });
    const answer = { origin: "upstream", status: 200, lines: [] } as const;
    const plan = planAnswer(gate, exchange, { ...answer }) as AnswerPlan;
    judgeAnswerBody(plan, exchange, { ...answer }, new Uint8Array());
    expect(timing.times.map(({ guard: name }) => name)).toEqual(["transport.head", "validation.body"]);
  });
});
