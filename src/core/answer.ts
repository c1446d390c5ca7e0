// Runs response guards: first over the head, then, as planned once, over the body. Never throws.
import type { AnswerHead, Exchange } from "./exchange.ts";
import type { Gate } from "./gate.ts";
import type { ResponseGuard } from "./guard.ts";
import { type Denial, deny, type Outcome } from "./outcome.ts";

/** What becomes of an answer's body: `tee` sends it on at once and keeps a copy, `buffer` holds it back until judged. */
export interface AnswerPlan {
  readonly body: "none" | "stream" | "tee" | "buffer";
  readonly enforcing: readonly ResponseGuard[];
  readonly monitoring: readonly ResponseGuard[];
}

const NO_GUARDS: readonly ResponseGuard[] = Object.freeze([]) as readonly ResponseGuard[];
const WITHOUT_BODY: AnswerPlan = Object.freeze({ body: "none", enforcing: NO_GUARDS, monitoring: NO_GUARDS });
const STREAMED: AnswerPlan = Object.freeze({ body: "stream", enforcing: NO_GUARDS, monitoring: NO_GUARDS });

/** Answers that have no body whatever their fields say (RFC 9110 6.4.1, 15.3.6). */
export function hasNoBody(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 205 || status === 304 || status < 200;
}

/** Runs the head guards over a final answer and settles, once, what becomes of its body. A denial replaces the answer. */
export function planAnswer(gate: Gate, exchange: Exchange, answer: AnswerHead): AnswerPlan | Denial {
  for (const guard of gate.response) {
    if (guard.head === undefined || (guard.on === "upstream" && answer.origin === "gate")) continue;
    // A guard that only monitors must not change what goes out.
    const seen = guard.mode === "monitor" ? { ...answer } : answer;
    const verdict = settle(guard, exchange, judgeHead(guard, exchange, seen));
    if (verdict !== undefined) return verdict;
  }
  if (hasNoBody(exchange.request.method, answer.status)) return WITHOUT_BODY;
  if (answer.origin === "gate") return STREAMED;
  let enforcing: ResponseGuard[] | undefined;
  let monitoring: ResponseGuard[] | undefined;
  for (const guard of gate.response) {
    if (guard.body === undefined) continue;
    let needed = true;
    try {
      needed = guard.needsBody?.(exchange, answer) ?? true;
    } catch (error) {
      exchange.failed(guard.name, error);
    }
    if (!needed) continue;
    if (guard.mode === "enforce") (enforcing ??= []).push(guard);
    else (monitoring ??= []).push(guard);
  }
  if (enforcing === undefined && monitoring === undefined) return STREAMED;
  return {
    body: enforcing === undefined ? "tee" : "buffer",
    enforcing: enforcing ?? NO_GUARDS,
    monitoring: monitoring ?? NO_GUARDS,
  };
}

/** Runs the planned guards over the whole body. The result is the bytes to send, or the denial that replaces the answer. */
export function judgeAnswerBody(
  plan: AnswerPlan,
  exchange: Exchange,
  answer: AnswerHead,
  body: Uint8Array,
): Denial | Uint8Array {
  let bytes = body;
  for (const guard of plan.enforcing) {
    const outcome = judgeBody(guard, exchange, answer, bytes);
    const verdict = settle(guard, exchange, outcome);
    if (verdict !== undefined) return verdict;
    if (outcome.kind === "replace") bytes = outcome.bytes;
  }
  for (const guard of plan.monitoring) {
    settle(guard, exchange, judgeBody(guard, exchange, answer, bytes));
  }
  return bytes;
}

/** Notes that the copy of an answer could not be judged: too large, encoded, or ended early. */
export function answerNotJudged(plan: AnswerPlan, exchange: Exchange, why: string): void {
  for (const guard of plan.monitoring) exchange.note({ guard: guard.name, kind: "not-judged", text: why });
}

function judgeHead(guard: ResponseGuard, exchange: Exchange, answer: AnswerHead): Outcome {
  const { timing } = exchange;
  const startedMs = timing === undefined ? 0 : timing.now();
  try {
    return guard.head!(exchange, answer);
  } catch (error) {
    return failed(guard, exchange, error);
  } finally {
    if (timing !== undefined) timing.ended(guard.name, startedMs);
  }
}

function judgeBody(guard: ResponseGuard, exchange: Exchange, answer: AnswerHead, bytes: Uint8Array): Outcome {
  const { timing } = exchange;
  const startedMs = timing === undefined ? 0 : timing.now();
  try {
    return guard.body!(exchange, answer, bytes);
  } catch (error) {
    return failed(guard, exchange, error);
  } finally {
    if (timing !== undefined) timing.ended(guard.name, startedMs);
  }
}

function failed(guard: ResponseGuard, exchange: Exchange, error: unknown): Denial {
  exchange.failed(guard.name, error);
  return deny("transport.guard-failed");
}

function settle(guard: ResponseGuard, exchange: Exchange, outcome: Outcome): Denial | undefined {
  const enforced = guard.mode === "enforce";
  switch (outcome?.kind) {
    case "continue":
    case "answer":
      return undefined;
    case "replace":
      exchange.note({ guard: guard.name, kind: enforced ? "replaced" : "would-replace", text: outcome.what });
      return undefined;
    case "deny":
      break;
    default:
      // A bug in a guard: an answer that nobody judged does not go out.
      outcome = failed(guard, exchange, new TypeError("not an outcome"));
  }
  if (!enforced) {
    exchange.note({ guard: guard.name, kind: "would-deny", denial: outcome });
    return undefined;
  }
  return exchange.refuse(outcome, guard.name);
}
