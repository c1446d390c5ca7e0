// What a guard is: one check of one practice, in one phase.
import type { AnswerHead, Exchange } from "./exchange.ts";
import type { Denial, Outcome } from "./outcome.ts";
import type { Mode, Practice } from "./practice.ts";

interface GuardName {
  readonly practice: Practice;
  /** `<practice>.<what>`: `rate-limiting.subject`. The same in records, `explain` and tests. */
  readonly name: string;
  /** `off` guards are not in a gate at all. In `monitor` every outcome is noted and none is applied. */
  readonly mode: Exclude<Mode, "off">;
}

/** A check of a request: in the head phase, or with its body. It answers at once where it can. */
export interface RequestGuard extends GuardName {
  /**
   * A practice whose finding this guard builds on. In `monitor`, when that practice would have denied, this guard
   * is not asked: who is not authenticated has no scopes to judge. An enforcing guard is always asked.
   */
  readonly dependsOn?: Practice;
  /** How long `check` may take where it waits on purpose. Left out: the runner's own deadline. */
  readonly deadlineMs?: number;
  check(exchange: Exchange): Outcome | Promise<Outcome>;
  /** Told when a later guard of the same phase denied, or (`enforced` false) would have: failed authentication is charged so. */
  denied?(exchange: Exchange, denial: Denial, by: RequestGuard): void | Promise<void>;
}

/** A check of an answer. In `monitor` it works on a copy of the head, and on the body after that has gone on. */
export interface ResponseGuard extends GuardName {
  /** `upstream`: only what the API answered. `every`: also denials and what the gate itself answers. */
  readonly on: "upstream" | "every";
  /** Sees, and may change, status and field lines. A denial here replaces the answer. */
  head?(exchange: Exchange, answer: AnswerHead): Outcome;
  /** Asked once per answer, after all heads: whether its body must be seen. Left out where `body` is: always. */
  needsBody?(exchange: Exchange, answer: AnswerHead): boolean;
  /** Sees the whole body as it will be sent; may replace it. Answers at once: it is on the way of every answer. */
  body?(exchange: Exchange, answer: AnswerHead, bytes: Uint8Array): Outcome;
}
