// The port to where events are delivered: a destination confirms what it took, one record at a time, and is fed from the spool.
import type { SystemEvent } from "../../core/record.ts";
import type { Level } from "../classification.ts";
import type { Family } from "../metrics/family.ts";
import type { SpoolFiles } from "../spool/files.ts";
import type { HeldRun } from "../spool/spool-port.ts";

/** One spooled event as a destination gets it. */
export interface SpooledRecord {
  /** `event.id`: unique, the same on every resend. */
  readonly id: string;
  /** Position in the spool: grows by one with each record, across restarts. */
  readonly position: number;
  readonly timeMs: number;
  /** The event as one JSON object (ECS), UTF-8, no line break. Good until it is settled: its memory is used again. */
  readonly json: Uint8Array;
}

/** What became of one record. `retry` is offered again, `dead` is set aside with its reason and never offered again. */
export type RecordOutcome = "delivered" | "retry" | { readonly dead: string };

export type Delivery =
  | { readonly kind: "answered"; readonly outcomes: readonly RecordOutcome[]; readonly retryAfterMs?: number }
  /** Nothing is known to be taken: refused, hanging, reset, 429/503 as a whole. All are offered again. `reason` has no secret. */
  | { readonly kind: "unavailable"; readonly reason: string; readonly retryAfterMs?: number };

/** What is measured in this process, as `/metrics` shows it. */
export interface Measured {
  families(): Iterable<Family>;
  /** `service.name` */
  service(): string | undefined;
}

export interface Destination {
  /** For messages, metrics and the cursor: the kind, `elasticsearch`, `splunk`, `syslog`, `otlp`, `webhook`. */
  readonly name: string;
  /** The lowest level it takes; all when left out. */
  readonly level?: Level;
  /** Whether a record is meant for it, beside its level; every one when left out. */
  takes?(record: SpooledRecord): boolean;
  /** Gives up what is oldest, counted and told, where it would keep others from room: it has a part of the record only. */
  readonly yields?: boolean;
  /** For how many milliseconds it wants nothing: what comes meanwhile goes in one batch. */
  restMs?(): number;
  /** Batches are at most this large (one record alone may be larger). */
  readonly recordsMax: number;
  readonly bytesMax: number;
  /** How sure delivery is: told in docs and stats. UDP is `at-most-once`. */
  readonly assurance: "at-least-once" | "at-most-once";
  /** How long a batch that is not full waits for more; a tenth of a second where left out. */
  readonly lingerMs?: number;
  /** What it writes to, where a name may come to mean something else; where it is left out, the name says it. */
  readonly place?: string;
  /** What stands at its end, the oldest first: more than is sent between two saves of the cursor. */
  holds?(): Promise<readonly HeldRun[]>;
  /** Whether it goes on where another place was: moved there, or the same by another path. */
  follows?(place: string): Promise<boolean>;
  /** Called before the spool is opened: what it must know after a restart is kept in the spool's folder. */
  remember?(files: SpoolFiles): Promise<void>;
  /** Called once, before the first batch: what it has to say of itself goes there. `measured`: what it may send beside events. */
  connect?(say: (event: SystemEvent) => void, measured?: Measured): void;
  /** Opens anew what it writes to, after somebody else moved it (SIGHUP). */
  reopen?(): Promise<void>;
  /** Sends one batch and resolves when its fate is known. Never throws for what a server does. One call at a time for each destination. Ends early when `signal` aborts. */
  deliver(records: readonly SpooledRecord[], signal: AbortSignal): Promise<Delivery>;
  /** Frees connections. */
  close(): Promise<void>;
}
