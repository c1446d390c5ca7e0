// A body that is read whole before it is judged: what it holds, and whether it still comes.
import { addressKey } from "../http/addresses.ts";
import { deny } from "../core/outcome.ts";
import { type BodyLease, heldDenial, type RoomSeeker } from "../node/body-room.ts";
import { type ReadBody, readBody } from "../node/request-body.ts";
import type { Limits } from "../transport/limits.ts";
import { type Held, whoGivesWay } from "./giving-way.ts";
import type { Passage } from "./passage.ts";

export class BodyReading implements Held, RoomSeeker {
  readonly #passage: Passage;
  readonly #lease: BodyLease;
  #stop: (() => void) | undefined;
  #sender: string | undefined;
  /** What had come at the last look that counted, and when that was. */
  #lookedBytes = 0;
  #lookedMs: number;
  /** Between the last two looks hardly anything came. */
  isStalled = false;
  /** All of it is there, or nobody waits for the rest: it holds what it has until its exchange ends. */
  isOver = false;

  constructor(passage: Passage) {
    const { state, exchange } = passage;
    this.#passage = passage;
    this.#lease = state.bodies.lease(this);
    this.#lookedMs = exchange.startedMonotonicMs;
    exchange.hold(() => this.#lease.end());
  }

  get bytes(): number {
    return this.#lease.bytes;
  }

  /** Whose it is. One client has a network of IPv6 addresses. */
  get sender(): string {
    return (this.#sender ??= addressKey(this.#passage.exchange.request.clientAddress));
  }

  async read(): Promise<ReadBody> {
    const { request, gate, state, exchange } = this.#passage;
    // What ends the exchange ends the reading too: else a body that broke would be kept, counted by nobody, until it is late.
    const onStop = (stop: () => void) => {
      this.#stop = stop;
      exchange.hold(stop);
    };
    const read = await readBody(request, gate.bodyBytesMax, state.limits.requestBodyTimeoutMs, this.#lease, onStop);
    this.isOver = true;
    return read;
  }

  /** Called now and then. */
  look(nowMs: number, { pressedPauseMs, pressedBytesPerSecondMin }: Limits): void {
    const passedMs = nowMs - this.#lookedMs;
    if (this.isOver || passedMs < pressedPauseMs) return;
    this.isStalled = (this.bytes - this.#lookedBytes) * 1_000 < pressedBytesPerSecondMin * passedMs;
    this.#lookedBytes = this.bytes;
    this.#lookedMs = nowMs;
  }

  /** Others give way to it, or nobody does. */
  seekRoom(bytes: number, lackingBytes: number): void {
    const all = this.#passage.state.passages.all().flatMap(({ reading }) => reading ?? []);
    for (const one of whoGivesWay(all, this, bytes, lackingBytes)) one.#giveWay();
  }

  #giveWay(): void {
    this.isOver = true;
    this.#stop?.();
    this.#lease.end();
    this.#passage.broke(this.isStalled ? deny("transport.body-too-slow") : heldDenial());
  }
}
