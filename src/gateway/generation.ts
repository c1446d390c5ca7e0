// What requests are judged by and sent over: a policy, its settler, the pool to the upstream. A reload makes a new one, whole.
import type { Pool } from "undici";
import type { Destination } from "../core/gate.ts";
import type { Policy } from "../core/policy.ts";
import type { Settler } from "../transport/settle.ts";

/** How long is waited for the API. */
export interface AnswerTimes {
  /** From the request sent to the answer's head, and once more where interim answers come before it. */
  readonly answerTimeoutMs: number;
  /** Between two pieces of an answer's body; event streams are exempt. */
  readonly idleTimeoutMs: number;
}

export interface GenerationParts {
  readonly policy: Policy;
  readonly settle: Settler;
  readonly pool: Pool;
  /** To the built-in authorization server, where there is one. */
  readonly identityPool?: Pool | undefined;
  readonly times: AnswerTimes;
}

/** Each passage keeps the one it began with, so that no request sees half of two; it counts those that do. */
export class Generation {
  readonly policy: Policy;
  readonly settle: Settler;
  readonly pool: Pool;
  readonly identityPool: Pool | undefined;
  readonly times: AnswerTimes;
  #passages = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(parts: GenerationParts) {
    this.policy = parts.policy;
    this.settle = parts.settle;
    this.pool = parts.pool;
    this.identityPool = parts.identityPool;
    this.times = parts.times;
  }

  /** Over which requests to there are sent. */
  poolOf(destination: Destination): Pool {
    if (destination === "api") return this.pool;
    if (this.identityPool === undefined) throw new Error("there is no authorization server");
    return this.identityPool;
  }

  began(): void {
    this.#passages += 1;
  }

  ended(): void {
    this.#passages -= 1;
    if (this.#passages > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when no passage is under way that began with it. */
  whenIdle(): Promise<void> {
    if (this.#passages === 0) return Promise.resolve();
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }
}
