// What all passages of one gateway work with, and the count of those that are under way.
import type { Clock } from "../core/clock.ts";
import type { Recorder } from "../core/record.ts";
import { BodyRoom } from "../node/body-room.ts";
import type { Limits } from "../transport/limits.ts";
import type { Connection } from "./connection.ts";
import type { Generation } from "./generation.ts";
import type { Passage } from "./passage.ts";
import { UnderWay } from "./under-way.ts";
import type { UpstreamCall } from "./upstream-call.ts";

export interface GatewayParts {
  readonly generation: Generation;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly limits: Limits;
}

export class GatewayState {
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly bodies: BodyRoom;
  /** Once true, every answer over HTTP/1.1 ends its connection. */
  draining = false;
  readonly passages = new UnderWay<Passage>();
  /** Calls whose answer is still to come or under way. */
  readonly calls = new UnderWay<UpstreamCall>();
  #generation: Generation;
  /** Resolves when no passage of an earlier generation is under way. */
  #earlierIdle: Promise<unknown> = Promise.resolve();
  #idle: (() => void) | undefined;

  constructor(parts: GatewayParts) {
    this.#generation = parts.generation;
    this.recorder = parts.recorder;
    this.clock = parts.clock;
    this.limits = parts.limits;
    this.bodies = new BodyRoom(parts.limits.heldBodyBytesMax);
  }

  /** What requests begin with that come now. */
  get generation(): Generation {
    return this.#generation;
  }

  /** Requests begin with `next` from now on. Resolves when none is under way that began with an earlier one. */
  replace(next: Generation): Promise<void> {
    this.#earlierIdle = Promise.all([this.#earlierIdle, this.#generation.whenIdle()]);
    this.#generation = next;
    return this.#earlierIdle.then(() => undefined);
  }

  began(passage: Passage): void {
    this.passages.add(passage);
    passage.generation.began();
  }

  ended(passage: Passage): void {
    this.passages.remove(passage);
    passage.generation.ended();
    this.recorder.exchange(passage.exchange);
    if (this.passages.size === 0) this.#idle?.();
  }

  /** The client of that connection is gone: for where Node tells nobody. */
  left(connection: Connection): void {
    for (const passage of this.passages.all()) if (passage.connection === connection) passage.finish("client-left");
  }

  /** Resolves when no passage is under way. */
  whenIdle(): Promise<void> {
    if (this.passages.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }
}
