// Delivers a spool to one destination: batches, back-off, resends of what is to be resent, dead letters, and a cursor over what is settled.
import { setTimeout as pause } from "node:timers/promises";
import { addDeadLetters } from "../spool/dead-letters.ts";
import type { SpoolConsumer } from "../spool/spool-port.ts";
import { Backoff } from "./backoff.ts";
import { gatherBatch, type Gathering } from "./batch.ts";
import type { Delivery, RecordOutcome, SpooledRecord } from "./destination.ts";
import { revive } from "./reviver.ts";
import type { DeliverySnapshot, RunnerOptions } from "./runner-port.ts";
import { type Offered, Window } from "./window.ts";
import { DeadNotice } from "./dead-notice.ts";
import { deliveringEvent, lostEvent, undeliveredEvent } from "./words.ts";

const LINGER_MS = 100;
const SAVE_EVERY_MS = 200;
/** What may lie beyond the cursor that is kept, over however many lives: a file knows the last 8 MiB of its own again. */
const UNSAVED_BYTES_MAX = 4 * 1024 * 1024;
const REVIVE_EVERY_MS = 2_000;
const ATTEMPTS_MAX = 10;
const ATTEMPTS_FOR_MS = 600_000;
const CLOSE_MS = 2_000;

export class DeliveryRunner {
  readonly name: string;
  readonly #options: RunnerOptions;
  readonly #consumer: SpoolConsumer;
  readonly #window: Window;
  readonly #backoff: Backoff;
  readonly #deadNotice: DeadNotice;
  readonly #gathering: Gathering;
  readonly #lingerMs: number;
  readonly #stopping = new AbortController();
  #wake: (() => void) | undefined;
  /** Something was committed since the last look. */
  #isNew = false;
  #failing = false;
  #savedMs = 0;
  #reviveAtMs = 0;
  readonly #reviveEveryMs: number;
  #savedNext: number;
  #unsavedBytes = 0;
  #running: Promise<void> | undefined;
  /** While ending: one more round, and no waiting. */
  #ending = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.name = options.destination.name;
    this.#consumer = options.spool.consumer(this.name, () => {
      this.#isNew = true;
      this.#wake?.();
    });
    this.#window = new Window(this.#consumer.cursor);
    this.#savedNext = this.#consumer.cursor.next;
    this.#backoff = new Backoff(options.backoff);
    const { destination, spool, say } = options;
    this.#deadNotice = new DeadNotice(this.name, say);
    this.#reviveEveryMs = options.reviveEveryMs ?? REVIVE_EVERY_MS;
    this.#lingerMs = options.lingerMs ?? destination.lingerMs ?? LINGER_MS;
    this.#gathering = {
      destination,
      droppedIn: (from, to) => spool.droppedIn(from, to),
      setAside: this.#consumer.setAside,
      lost: (first, last, segment) => say(lostEvent(this.name, first, last, segment)),
    };
  }

  start(): void {
    this.#running ??= this.#run();
  }

  snapshot(): DeliverySnapshot {
    const { delivered, dead, lost, filtered, next, refusedBefore } = this.#window.cursor;
    const oldest = this.#window.oldest();
    const { spool } = this.#options;
    const { last, refused } = spool.snapshot();
    // Removed by now, whether it was passed over yet or not.
    let removed = this.#window.dropped + spool.droppedIn(this.#consumer.reader.position);
    // What was set aside is a dead letter all the same.
    for (const one of this.#consumer.setAside) removed -= spool.droppedIn(one, one + 1);
    return {
      delivered,
      dead,
      dropped: removed + refused - refusedBefore,
      lost,
      filtered,
      waiting: last + 1 - next - (removed - this.#window.cursor.dropped),
      oldestMs: oldest === undefined ? 0 : Math.max(0, this.#options.clock.nowMs() - oldest.timeMs),
      failing: this.#failing,
    };
  }

  /** Delivers what it can in bounded time; the rest stays in the spool. */
  async close(): Promise<void> {
    this.#ending = true;
    // Where nothing is taken, nothing is waited for.
    if (this.#failing) this.#stop();
    this.#wake?.();
    const late = setTimeout(() => this.#stop(), this.#options.closeMs ?? CLOSE_MS);
    await this.#running;
    this.#deadNotice.close();
    clearTimeout(late);
    await this.#bury(Number.POSITIVE_INFINITY);
    await this.#saveNow(true).catch(() => undefined);
    await this.#consumer.reader.close();
    await this.#options.destination.close().catch(() => undefined);
  }

  #stop(): void {
    this.#stopping.abort();
    this.#wake?.();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        this.#isNew = false;
        await this.#reviveIfAsked();
        await this.#bury(this.#nowMs());
        const restMs = this.#options.destination.restMs?.() ?? 0;
        if (restMs > 0 && this.#ending) return;
        const batch = await gatherBatch(this.#window, this.#consumer.reader, this.#gathering, this.#nowMs());
        for (const { record } of batch) this.#unsavedBytes += record.json.length;
        if (batch.length > 0 && restMs === 0) await this.#deliver(batch);
        this.#consumer.reader.release(this.#window.records());
        await this.#saveNow(batch.length === 0 || restMs > 0);
        if (restMs > 0) {
          await this.#sleep(Math.min(restMs, this.#reviveEveryMs));
          continue;
        }
        // What came while that was noted is new.
        if (batch.length > 0 || (this.#ending && this.#isNew)) continue;
        if (this.#ending) return;
        await this.#rest(Math.min(this.#window.nextDueMs() - this.#nowMs(), this.#reviveEveryMs));
        if (!this.#ending) await this.#sleep(this.#lingerMs);
      } catch {
        // A disk that cannot be read or written: the log tells of it, and nothing is lost by waiting.
        if (this.#ending) return;
        await this.#sleep(this.#backoff.nextMs());
      }
    }
  }

  /** Now and then somebody asks for dead letters to be offered again. */
  async #reviveIfAsked(): Promise<void> {
    const nowMs = this.#nowMs();
    if (this.#ending || nowMs < this.#reviveAtMs) return;
    this.#reviveAtMs = nowMs + this.#reviveEveryMs;
    const { files, destination } = this.#options;
    await revive(this.#window.cursor, {
      files,
      destination,
      deliver: (letters) => this.#send(letters),
      count: (change) => {
        this.#window.change(change);
        return this.#save();
      },
    });
  }

  async #deliver(batch: readonly Offered[]): Promise<void> {
    const nowMs = this.#nowMs();
    for (const entry of batch) if (entry.attempts === 0) entry.firstMs = nowMs;
    const delivery = await this.#send(batch.map(({ record }) => record));
    if (delivery.kind === "unavailable") {
      this.#tellFailing(delivery.reason);
      await this.#waitAfterFailure(delivery.retryAfterMs);
      return;
    }
    const taken = await this.#judge(batch, delivery.outcomes, delivery.retryAfterMs);
    if (taken) this.#tellWorking();
    else {
      this.#tellFailing("it takes no event for now");
      await this.#waitAfterFailure(delivery.retryAfterMs);
    }
  }

  async #send(records: readonly SpooledRecord[]): Promise<Delivery> {
    try {
      return await this.#options.destination.deliver(records, this.#stopping.signal);
    } catch {
      return { kind: "unavailable", reason: "delivering failed: this is a bug in Portcullis" };
    }
  }

  /** True where at least one record was settled. */
  async #judge(
    batch: readonly Offered[],
    outcomes: readonly (RecordOutcome | undefined)[],
    retryAfterMs: number | undefined,
  ): Promise<boolean> {
    const again: Offered[] = [];
    for (const [i, entry] of batch.entries()) {
      const outcome = outcomes[i] ?? "retry";
      if (outcome === "delivered") this.#window.settle(entry, "delivered");
      else if (outcome === "retry") again.push(entry);
      else entry.refused = outcome.dead;
    }
    const isMoving = again.length < batch.length;
    for (const entry of again) {
      entry.attempts += 1;
      entry.refused = isMoving ? this.#hopeless(entry) : undefined;
      if (entry.refused === undefined)
        entry.dueMs = this.#nowMs() + (isMoving ? this.#againMs(entry, retryAfterMs) : 0);
    }
    await this.#bury(this.#nowMs());
    return isMoving;
  }

  /** Refused for now again and again, while others were taken: it is the record. */
  #hopeless({ attempts, firstMs }: Offered): string | undefined {
    const { attemptsMax = ATTEMPTS_MAX, attemptsForMs = ATTEMPTS_FOR_MS } = this.#options;
    if (attempts < attemptsMax) return undefined;
    if (this.#nowMs() - firstMs < attemptsForMs && !this.#window.isCrowded) return undefined;
    return `refused for now ${attempts} times, while others were taken`;
  }

  #againMs({ attempts }: Offered, retryAfterMs = 0): number {
    return Math.max(retryAfterMs, this.#backoff.afterMs(attempts));
  }

  /**
   * Sets aside what was refused for good, before it counts as settled. Where the disk does not take it, it waits: offered
   * again it might be taken, and be a dead letter too, as nobody knows what such a disk has.
   */
  async #bury(nowMs: number): Promise<void> {
    const dead = this.#window.refused(nowMs);
    const [first] = dead;
    if (first === undefined) return this.#window.advance();
    const { files, clock } = this.#options;
    const letters = dead.map(({ record, refused = "" }) => ({ record, reason: refused }));
    try {
      await addDeadLetters(files, this.name, letters, clock.nowMs());
    } catch {
      for (const entry of dead) {
        entry.attempts += 1;
        entry.dueMs = this.#nowMs() + this.#againMs(entry);
      }
      return this.#window.advance();
    }
    for (const entry of dead) this.#window.settle(entry, "dead");
    this.#window.advance();
    this.#deadNotice.take(dead.length, first.record.id, letters[0]?.reason ?? "");
  }

  #tellFailing(reason: string): void {
    if (this.#failing || this.#stopping.signal.aborted) return;
    this.#failing = true;
    this.#options.say(undeliveredEvent(this.name, reason));
  }

  #tellWorking(): void {
    this.#backoff.worked();
    if (!this.#failing) return;
    this.#failing = false;
    this.#options.say(deliveringEvent(this.name));
  }

  async #waitAfterFailure(askedMs: number | undefined): Promise<void> {
    if (this.#ending) this.#stop();
    await this.#saveNow(true);
    await this.#sleep(this.#backoff.nextMs(askedMs));
  }

  async #saveNow(isIdle: boolean): Promise<void> {
    if (this.#window.cursor.next === this.#savedNext) return;
    const { saveEveryMs = SAVE_EVERY_MS } = this.#options;
    const isMuch = this.#unsavedBytes >= UNSAVED_BYTES_MAX;
    if (isIdle || isMuch || this.#nowMs() - this.#savedMs >= saveEveryMs) await this.#save();
  }

  async #save(): Promise<void> {
    const cursor = { ...this.#window.cursor };
    await this.#consumer.save(cursor);
    this.#savedNext = cursor.next;
    this.#unsavedBytes = 0;
    this.#savedMs = this.#nowMs();
  }

  /** Until there is something new, something is due again, or it ends. */
  async #rest(dueMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = Number.isFinite(dueMs) ? setTimeout(resolve, Math.max(1, dueMs)) : undefined;
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#ending || this.#isNew) this.#wake();
    });
    this.#wake = undefined;
  }

  async #sleep(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined);
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}
