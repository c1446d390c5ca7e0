// The spool with all that is fed from it, as the recorder sees it: one place that takes every event once.
import type { Clock } from "../../core/clock.ts";
import type { SystemEvent } from "../../core/record.ts";
import { Checkpointer, type CheckpointerOptions } from "../evidence/checkpointer.ts";
import type { Written } from "../evidence/checkpoint-place.ts";
import { endOfFile } from "../file-tails.ts";
import type { SpoolFiles } from "../spool/files.ts";
import type { RecordHead } from "../spool/record-group.ts";
import { SpareRoom } from "../spool/spare-room.ts";
import { openSpool } from "../spool/open-spool.ts";
import type { Spool } from "../spool/spool.ts";
import type { Fed, SpoolOptions, SpoolSnapshot } from "../spool/spool-port.ts";
import { DROPPED, RETENTION, SINK_BEGAN } from "../spool/words.ts";
import type { Destination, Measured } from "./destination.ts";
import { DeliveryRunner } from "./runner.ts";
import type { DeliverySnapshot, RunnerOptions } from "./runner-port.ts";

export interface SpooledDeliveryOptions extends Omit<SpoolOptions, "destinations" | "spare"> {
  readonly files: SpoolFiles;
  readonly destinations: readonly Destination[];
  readonly clock: Clock;
  /** For tests and unusual servers. */
  readonly runner?: Partial<RunnerOptions>;
  /** Signs the end of the chain now and then. */
  readonly checkpoints?: Pick<CheckpointerOptions, "signer" | "sinks" | "everyMs" | "everyRecords"> | undefined;
  /** Kept free for the moment in which the disk is full. */
  readonly spareBytes?: number;
  /** Called at the end: lets go of the folder. */
  readonly release?: () => void;
}

/** What says why other events are not there. */
const EXPLAINING: ReadonlySet<string> = new Set([DROPPED, RETENTION, SINK_BEGAN]);

export interface SpooledDeliverySnapshot {
  readonly spool: SpoolSnapshot;
  /** By name. */
  readonly destinations: Readonly<Record<string, DeliverySnapshot>>;
}

/** Opens the spool; delivery begins with `connect`. Rejects where the folder cannot be used. */
export async function openSpooledDelivery(options: SpooledDeliveryOptions): Promise<SpooledDelivery> {
  const { destinations, endOf = endOfFile } = options;
  const spare = await SpareRoom.on(options.files, options.spareBytes ?? 0, options.retryMs);
  const { files } = spare;
  for (const destination of destinations) await destination.remember?.(files);
  const spool = await openSpool({ ...options, files, spare, destinations: destinations.map(fed), endOf });
  return new SpooledDelivery(spool, { ...options, files });
}

function fed(destination: Destination): Fed {
  const { name, place = name, yields = false } = destination;
  return {
    name,
    place,
    yields,
    holds: async () => (await destination.holds?.()) ?? [],
    follows: async (other) => (await destination.follows?.(other)) === true,
  };
}

export class SpooledDelivery {
  readonly #spool: Spool;
  readonly #destinations: readonly Destination[];
  readonly #runners: readonly DeliveryRunner[];
  readonly #options: SpooledDeliveryOptions;
  #checkpointer: Checkpointer | undefined;
  #say: (event: SystemEvent) => void = () => undefined;
  /** From this position on the next checkpoint is due. */
  #signFrom = Number.POSITIVE_INFINITY;

  constructor(spool: Spool, options: SpooledDeliveryOptions) {
    const { files, clock, destinations, runner } = options;
    this.#options = options;
    this.#spool = spool;
    this.#destinations = destinations;
    const say = (event: SystemEvent) => this.#say(event);
    this.#runners = destinations.map(
      (destination) => new DeliveryRunner({ ...runner, spool, files, destination, clock, say }),
    );
  }

  /** Begins to deliver; what there is to say goes to `say`. */
  connect(say: (event: SystemEvent) => void, measured?: Measured): void {
    const { generation } = this.#spool;
    const said = (event: SystemEvent) => {
      if (!EXPLAINING.has(event.action)) return say(event);
      say({ ...event, data: { ...event.data, generation: event.data?.["generation"] ?? generation } });
      this.#signFrom = this.#spool.snapshot().last;
    };
    this.#say = said;
    this.#spool.connect(said);
    for (const destination of this.#destinations) destination.connect?.(said, measured);
    for (const runner of this.#runners) runner.start();
    const { checkpoints, clock } = this.#options;
    if (checkpoints === undefined) return;
    const written = (signed: Written) => this.#spool.signed(signed);
    this.#checkpointer = new Checkpointer({ ...checkpoints, head: () => this.#spool.head, clock, say, written });
    this.#spool.onCommit(() => this.#sign());
  }

  /** What explains a gap is signed at once: until then anybody could have written it. */
  #sign(): void {
    if (this.#spool.head.count < this.#signFrom) return this.#checkpointer?.committed();
    this.#signFrom = Number.POSITIVE_INFINITY;
    void this.#checkpointer?.write();
  }

  get blocked(): boolean {
    return this.#spool.blocked;
  }

  append(json: Uint8Array, length: number, head: RecordHead): boolean {
    return this.#spool.append(json, length, head);
  }

  refuse(): void {
    this.#spool.refuse();
  }

  /** Whatever cannot be written to at the moment. */
  failing(): string[] {
    const names = this.#runners.filter((runner) => runner.snapshot().failing).map(({ name }) => name);
    return this.#spool.failing || this.#spool.snapshot().full ? ["spool", ...names] : names;
  }

  snapshot(): SpooledDeliverySnapshot {
    return {
      spool: this.#spool.snapshot(),
      destinations: Object.fromEntries(this.#runners.map((runner) => [runner.name, runner.snapshot()])),
    };
  }

  /** Opens files anew, after somebody else moved them. */
  async reopen(): Promise<void> {
    await Promise.all(this.#destinations.map(async (destination) => destination.reopen?.()));
  }

  /** Resolves when what was taken is in the spool, or its disk fails. */
  flush(): Promise<void> {
    return this.#spool.flush();
  }

  /** Writes everything to the spool, and delivers of it what can be delivered at once. Resolves to how many events were lost. */
  async close(): Promise<number> {
    await this.#spool.settle();
    await Promise.all(this.#runners.map((runner) => runner.close()));
    const lost = await this.#spool.close();
    await this.#checkpointer?.close();
    this.#options.release?.();
    return lost;
  }
}
