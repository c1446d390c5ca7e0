// What all passages of one gateway work with, and the count of those that are under way.
import type { Pool } from "undici";
import type { Clock } from "../core/clock.ts";
import type { Policy } from "../core/policy.ts";
import type { Recorder } from "../core/record.ts";
import type { Settler } from "../transport/settle.ts";
import type { Passage } from "./passage.ts";
import { UnderWay } from "./under-way.ts";
import type { UpstreamCall } from "./upstream-call.ts";

export interface GatewayParts {
  readonly policy: Policy;
  readonly settle: Settler;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly pool: Pool;
}

export class GatewayState {
  /** Replaced whole by a reload; each passage keeps the one it began with. */
  policy: Policy;
  settle: Settler;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly pool: Pool;
  /** Once true, every answer over HTTP/1.1 ends its connection. */
  draining = false;
  readonly passages = new UnderWay<Passage>();
  /** Calls whose answer is still to come or under way. */
  readonly calls = new UnderWay<UpstreamCall>();
  #idle: (() => void) | undefined;

  constructor(parts: GatewayParts) {
    this.policy = parts.policy;
    this.settle = parts.settle;
    this.recorder = parts.recorder;
    this.clock = parts.clock;
    this.pool = parts.pool;
  }

  ended(passage: Passage): void {
    this.passages.remove(passage);
    this.recorder.exchange(passage.exchange);
    if (this.passages.size === 0) this.#idle?.();
  }

  /** Resolves when no passage is under way. */
  whenIdle(): Promise<void> {
    if (this.passages.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }
}
