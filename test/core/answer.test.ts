// The runner of response guards fails closed: a guard with a bug lets no answer out, and the record says which one.
import { describe, expect, it } from "vitest";
import { judgeAnswerBody, planAnswer } from "../../src/core/answer.ts";
import { type AnswerHead, Exchange, type RequestHead } from "../../src/core/exchange.ts";
import { bindGate } from "../../src/core/gate.ts";
import type { ResponseGuard } from "../../src/core/guard.ts";
import type { Outcome } from "../../src/core/outcome.ts";

const BUGS: readonly [string, () => Outcome][] = [
  ["undefined", () => undefined as unknown as Outcome],
  ["null", () => null as unknown as Outcome],
  ["another kind", () => ({ kind: "pass" }) as unknown as Outcome],
  ["a promise", () => Promise.resolve({ kind: "continue" }) as unknown as Outcome],
  [
    "an exception",
    () => {
      throw new Error("bug");
    },
  ],
];

function judged(phase: "head" | "body", mode: ResponseGuard["mode"], says: () => Outcome) {
  const guard: ResponseGuard = { practice: "validation", name: "validation.x", mode, on: "upstream", [phase]: says };
  const limits = { bodyBytesMax: 1, bodyLimitMode: "enforce", answerBytesMax: 1 } as const;
  const gate = bindGate({ operation: undefined, head: [], body: [], response: [guard], ...limits });
  const exchange = new Exchange("id", { method: "GET" } as RequestHead, 0, 0);
  const answer: AnswerHead = { origin: "upstream", status: 200, lines: [] };
  const plan = planAnswer(gate, exchange, answer);
  if ("kind" in plan) return { exchange, verdict: plan };
  return { exchange, verdict: judgeAnswerBody(plan, exchange, answer, new Uint8Array(1)) };
}

describe.each(["head", "body"] as const)("a guard of the %s that gives", (phase) => {
  it.each(BUGS)("%s denies where it enforces", (_what, says) => {
    const { exchange, verdict } = judged(phase, "enforce", says);
    expect(verdict).toMatchObject({ kind: "deny", reason: "transport.guard-failed" });
    expect(exchange).toMatchObject({ deniedBy: "validation.x", faultBy: "validation.x", denial: verdict });
  });

  it.each(BUGS)("%s is noted where it only monitors", (_what, says) => {
    const { exchange, verdict } = judged(phase, "monitor", says);
    expect(verdict).not.toHaveProperty("kind");
    expect(exchange).toMatchObject({ faultBy: "validation.x", denial: undefined, notes: [{ kind: "would-deny" }] });
  });
});
